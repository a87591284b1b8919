import { PassThrough } from "node:stream";
import { createMemoryLedger } from "@coatcheck/tokens";
import { describe, expect, it, vi } from "vitest";
import { createLogger } from "./create-logger.ts";
import { createNodePorts } from "./create-node-ports.ts";

function written(options: { readonly isTTY?: boolean; readonly format?: "json" | "pretty" }): string {
  const { isTTY = false, ...rest } = options;
  const stream = Object.assign(new PassThrough(), { isTTY });
  createLogger({ ...rest, stream }).log({ level: "warn", event: "oauth_client_refused", advice: "the fix" });
  return String(stream.read());
}

describe("a logger", () => {
  it("writes JSON to whoever collects it, and words to a terminal", () => {
    expect(JSON.parse(written({}))).toMatchObject({ event: "oauth_client_refused", advice: "the fix" });
    expect(written({ isTTY: true })).toContain('warn  oauth_client_refused advice="the fix"');
    expect(JSON.parse(written({ isTTY: true, format: "json" }))).toMatchObject({ level: "warn" });
  });

  it("shares a stream with many others without a warning of Node", () => {
    const stream = new PassThrough();
    for (let count = 0; count < 20; count += 1) createLogger({ stream });
    expect(stream.listenerCount("error")).toBe(1);
  });

  it("is there without being asked for: nobody embeds a BFF that says nothing", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const { setTimeout, clearTimeout } = globalThis;
    const ledger = createMemoryLedger({
      nowMs: () => 0,
      setTimeout,
      clearTimeout: (handle) => clearTimeout(handle as number),
    });
    const { log, close } = createNodePorts({ ledger });
    log?.({ level: "error", event: "oauth_client_refused" });
    close();
    const lines = write.mock.calls.map(([line]) => String(line));
    write.mockRestore();
    expect(lines.join("")).toContain("oauth_client_refused");
  });
});
