import { findFreePort } from "@coatcheck/demo";
import { brokenOf, defineScene } from "../scene.ts";
import {
  holdConnections,
  LIVE_PREFIX,
  type HeldConnections,
  type Kind,
} from "../sockets/hold-connections.ts";
import { startLiveApi } from "../sockets/live-api.ts";
import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitors } from "../stage/bring-visitor.ts";
import { onStage } from "../stage/stage.ts";

export interface SocketsOptions {
  readonly connections: number;
  readonly people: number;
}

const KINDS: readonly Kind[] = ["websocket", "event stream"];
const SIGNED_OUT = 5;
const MOST_END_MS = 1_000;
const ONE_HOUR_SECONDS = 3_600;
/** Beside the connections: files, the ledger, the provider. */
const OTHER_FILES = 200;
const COLLECTED_MEMORY = new URL("../sockets/collected-memory.mjs", import.meta.url);

/** What WebSockets and event streams cost one process that holds so many, and how soon a person's end after their sign-out. */
export const sockets = defineScene({
  about: `WebSockets, and then as many event streams, through one process: memory of each; a person's end at most ${MOST_END_MS} ms after their sign-out`,
  options: { connections: { default: 10_000, least: 1 }, people: { default: 100, least: 1 } },
  acts: ({ connections, people }) =>
    KINDS.map((kind) => ({
      title: `${connections} ${kind}s of ${people} people`,
      async play(say) {
        const room = Math.floor((mostFiles() - OTHER_FILES) / 2);
        if (connections > room)
          say(`Each takes two files of a process, and ulimit -Hn allows ${room} of ${connections}.`);
        const report = await playSockets(kind, { connections: Math.min(connections, room), people });
        return {
          report,
          rows: [
            ["connections", report.connections],
            ["memory before, with them", `${report.mibBefore} MiB, ${report.mibWith} MiB`],
            ["of each, of that heap and buffers", `${report.kibEach} KiB, ${report.heapKibEach} KiB`],
            ["a person's ended after their sign-out began", `${report.slowestEndMs} ms at the latest`],
          ],
          broken: brokenOf({
            [`a person's ended after ${report.slowestEndMs} ms`]: report.slowestEndMs <= MOST_END_MS,
          }),
        };
      },
    })),
});

export async function playSockets(kind: Kind, { connections, people }: SocketsOptions) {
  const api = await startLiveApi();
  try {
    const metricsPort = await findFreePort(0);
    const stageOptions = {
      target: coatcheck,
      tokenSeconds: ONE_HOUR_SECONDS,
      people,
      routes: [{ prefix: LIVE_PREFIX, upstream: api.origin, websocket: true }],
      environment: {
        MAX_CONNECTIONS: String(connections + OTHER_FILES),
        MAX_SOCKETS: String(connections),
        MAX_SOCKETS_PER_SESSION: String(connections),
        MAX_CALLS_PER_SESSION: String(connections),
        METRICS_PORT: String(metricsPort),
        NODE_OPTIONS: `--expose-gc --import ${COLLECTED_MEMORY.href}`,
      },
    };
    return await onStage(stageOptions, async (stage) => {
      const visitors = await bringVisitors(stage, people);
      const each = Math.floor(connections / people);
      const open = each * people;
      const before = await readMemory(metricsPort);
      const held: HeldConnections[] = [];
      for (const visitor of visitors)
        held.push(await holdConnections(stage, { cookie: visitor.cookie(), kind, count: each }));
      const after = await readMemory(metricsPort);
      const ends: number[] = [];
      for (const [index, visitor] of visitors.slice(0, SIGNED_OUT).entries()) {
        const startedAt = performance.now();
        const { status, text } = await visitor.signOut();
        if (status !== 200) throw new Error(`The sign-out was answered ${status} ${text}.`);
        await held[index]?.closed;
        ends.push(performance.now() - startedAt);
      }
      for (const one of held) one.drop();
      const kibEach = (bytes: number): number => Math.round(bytes / open / 102.4) / 10;
      return {
        kind,
        connections: open,
        people,
        mibBefore: Math.round(before.resident / 2 ** 20),
        mibWith: Math.round(after.resident / 2 ** 20),
        kibEach: kibEach(after.resident - before.resident),
        heapKibEach: kibEach(after.heap - before.heap),
        /** From a person's sign-out to the end of their last connection, the longest of those that were tried. */
        slowestEndMs: Math.round(Math.max(...ends)),
      };
    });
  } finally {
    await api.close();
  }
}

/** After a collection, which comes first there. */
async function readMemory(port: number): Promise<{ readonly resident: number; readonly heap: number }> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const bytesOf = (kind: string): number =>
    Number(new RegExp(`^coatcheck_memory_bytes\\{kind="${kind}"\\} (\\d+)`, "mu").exec(text)?.[1]);
  return { resident: bytesOf("resident"), heap: bytesOf("heap_used") + bytesOf("external") };
}

function mostFiles(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    readonly userLimits: { readonly open_files: { readonly hard: number | string } };
  };
  const { hard } = userLimits.open_files;
  return typeof hard === "number" ? hard : Infinity;
}
