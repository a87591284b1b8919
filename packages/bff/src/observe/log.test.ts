import { expect, it } from "vitest";
import { createCleanLog } from "./log.ts";
import type { LogEvent } from "./log.ts";

it("S-137: no text can forge, colour or flood a line", () => {
  const lines: LogEvent[] = [];
  const log = createCleanLog((event) => void lines.push(event));
  log({
    level: "warn",
    event: "proxy_failed",
    reason: `a\r\n{"event":"sign_in"}\u001b[31m\u2028\u202e${"x".repeat(1_000_000)}`,
    status: 502,
  });
  const [line] = lines;
  expect(line).toMatchObject({ level: "warn", event: "proxy_failed", status: 502 });
  expect(line?.["reason"]).toMatch(/^[\x20-\x7e]{1,1010}$/u);
});
