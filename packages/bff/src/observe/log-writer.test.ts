import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLogWriter } from "./log-writer.ts";

function capture(format: "json" | "pretty") {
  const lines: string[] = [];
  return {
    lines,
    log: createLogWriter({
      format,
      write: (line) => lines.push(line),
      now: () => Date.UTC(2026, 10, 22, 1, 2, 3),
    }),
  };
}

describe("createLogWriter", () => {
  it("writes one JSON object a line, with the time in UTC", () => {
    const { lines, log } = capture("json");
    log({ level: "info", event: "refresh", durationMs: 12, session: "ab12", missing: undefined });
    expect(lines).toEqual([
      `{"time":"2026-11-22T01:02:03.000Z","level":"info","event":"refresh","durationMs":12,"session":"ab12"}\n`,
    ]);
  });

  it("writes lines for people", () => {
    const { lines, log } = capture("pretty");
    log({ level: "warn", event: "proxy_failed", route: "/api/notes", reason: "it broke" });
    expect(lines).toEqual([`01:02:03.000 warn  proxy_failed route=/api/notes reason="it broke"\n`]);
  });

  it.each(["json", "pretty"] as const)("S-137 lets no text break or forge a %s line", (format) => {
    const { lines, log } = capture(format);
    log({
      level: "info",
      event: "draining",
      path: 'a\r\n{"level":"error"}\u001B[2J\u0085\u2028\u202E\u009B',
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[\x20-\x7E]*\n$/);
  });

  it.each(["json", "pretty"] as const)("S-137 keeps %s lines whole for any text", (format) => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { lines, log } = capture(format);
        log({ level: "info", event: "draining", text });
        expect(lines.join("").slice(0, -1)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/);
      }),
    );
  });

  it("S-137 cuts what is too long", () => {
    const { lines, log } = capture("json");
    log({ level: "info", event: "draining", userAgent: "a".repeat(1_000_000) });
    expect(lines[0]?.length).toBeLessThan(1200);
  });
});
