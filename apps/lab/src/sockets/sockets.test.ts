import { expect, it } from "vitest";
import { runSockets } from "./run-sockets.ts";

it.each(["websocket", "event stream"] as const)(
  "S-072: every %s of somebody who signs out ends, in a process that holds some for many",
  { timeout: 60_000 },
  async (kind) => {
    const result = await runSockets({ kind, connections: 60, people: 6, say: () => undefined });
    expect(result).toMatchObject({ kind, connections: 60, people: 6 });
    expect(result.heapBytesEach).toBeLessThan(256 * 1024);
  },
);
