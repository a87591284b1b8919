import { expect, it } from "vitest";
import { playSockets } from "./sockets.ts";

it.each(["websocket", "event stream"] as const)(
  "S-072: every %s of somebody who signs out ends, in a process that holds some for many",
  { timeout: 60_000 },
  async (kind) => {
    const report = await playSockets(kind, { connections: 60, people: 6 });
    expect(report).toMatchObject({ kind, connections: 60, people: 6 });
    expect(report.heapKibEach).toBeLessThan(256);
  },
);
