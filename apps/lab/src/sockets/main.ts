import { parseArgs } from "node:util";
import { runSockets } from "./run-sockets.ts";
import type { Kind } from "./hold-connections.ts";
import { endWithChildren } from "../lifetime/end-with-children.ts";

/**
 * `pnpm sockets [--connections 10000] [--people 100]`: what WebSockets and event streams cost one process that holds so many,
 * and how soon a person's end after their sign-out.
 */
const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "10000" },
    people: { type: "string", default: "100" },
  },
});

endWithChildren();

/** Beside the connections: files, the ledger, the provider. */
const OTHER_FILES = 200;

const report = process.report.getReport() as unknown as {
  readonly userLimits: { readonly open_files: { readonly hard: number | string } };
};
const { hard } = report.userLimits.open_files;
const room = typeof hard === "number" ? Math.floor((hard - OTHER_FILES) / 2) : Infinity;
const wanted = Number(values.connections);
const connections = Math.min(wanted, room);
if (connections < wanted)
  console.log(
    `Each takes two files of the process, and ulimit -Hn is ${hard}: ${connections} instead of ${wanted}.`,
  );
for (const kind of ["websocket", "event stream"] satisfies Kind[]) {
  const people = Number(values.people);
  const result = await runSockets({ kind, connections, people, say: (line) => console.log(line) });
  const { rssBytesEach, heapBytesEach, slowestEndMs } = result;
  console.log(
    `  ${(rssBytesEach / 1024).toFixed(1)} KiB of memory each, ${(heapBytesEach / 1024).toFixed(1)} of them heap and buffers; a person's ${result.connections / people} ended ${slowestEndMs} ms after their sign-out began, at the latest`,
  );
  if (slowestEndMs > 1_000) process.exitCode = 1;
}
