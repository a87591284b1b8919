import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { watchCrashes } from "./crash-watch.ts";
import type { LogLine } from "@coatcheck/bff/node";

function watch() {
  const source = new EventEmitter();
  const lines: LogLine[] = [];
  let crashes = 0;
  watchCrashes(
    source,
    (line) => lines.push(line),
    () => (crashes += 1),
  );
  return { source, lines, crashes: () => crashes };
}

describe("watchCrashes", () => {
  it("S-138 logs a rejection that nobody handled, and goes on", () => {
    const { source, lines, crashes } = watch();
    source.emit("unhandledRejection", new TypeError("refresh_token=abc"));
    expect(lines).toMatchObject([{ level: "error", event: "unhandled_rejection", kind: "TypeError" }]);
    expect(crashes()).toBe(0);
  });

  it("logs an exception that nobody caught, and ends the process in order", () => {
    const { source, lines, crashes } = watch();
    source.emit("uncaughtException", Object.assign(new Error("x"), { code: "EPIPE" }));
    expect(lines).toMatchObject([{ event: "uncaught_exception", kind: "Error", code: "EPIPE" }]);
    expect(crashes()).toBe(1);
  });

  it("S-135 never logs a message", () => {
    const { source, lines } = watch();
    source.emit("unhandledRejection", new Error("refresh_token=abc"));
    source.emit("unhandledRejection", "refresh_token=abc");
    source.emit("uncaughtException", { refresh_token: "abc" });
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain("refresh_token");
  });
});
