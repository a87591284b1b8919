import { brokenOf, defineScene, reporting, type Say } from "../scene.ts";
import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitor } from "../stage/bring-visitor.ts";
import { onStage } from "../stage/stage.ts";
import { startStreamApi, type StreamApi } from "../streams/stream-api.ts";
import { createStreamClient, type StreamClient } from "../streams/stream-client.ts";
import { watchMemory } from "../streams/watch-memory.ts";

const PREFIX = "/api/streams";
const MIB = 1024 * 1024;
const MOST_GROWTH_MIB = 64;
const MOST_ABORT_MS = 1_000;
/** Code and buffers that the first stream brings aren't growth. */
const WARM_UP_MIB = 64;
const EVENTS = 100;
/** Long enough that a server which read ahead would have read everything. */
const READ_LATE_MS = 3_000;
const ONE_HOUR_SECONDS = 3_600;

/** Whole files and endless streams through the production server, with a session. */
export const streams = defineScene({
  about: `large bodies both ways in under ${MOST_GROWTH_MIB} MiB of growth, whoever reads late; a client that leaves is seen upstream within a second; events one by one`,
  options: { mib: { default: 1_024, least: 1 } },
  acts: ({ mib }) => [
    {
      title: `${mib} MiB down, up, and down to a client that reads late; clients that leave; ${EVENTS} events`,
      play: async (say) => {
        const api = await startStreamApi();
        try {
          const route = { prefix: PREFIX, upstream: api.origin, maxBodyBytes: 2 * mib * MIB };
          const options = { target: coatcheck, tokenSeconds: ONE_HOUR_SECONDS, people: 1, routes: [route] };
          return await onStage(options, async (stage) => {
            const visitor = await bringVisitor(stage);
            const client = createStreamClient({
              port: stage.ports[0] ?? 0,
              host: new URL(stage.origin).host,
              origin: stage.origin,
              prefix: PREFIX,
              cookie: visitor.cookie(),
              headers: coatcheck.pageHeaders,
            });
            return measure({ api, client, pids: stage.instance(0).pids(), mib, say });
          });
        } finally {
          await api.close();
        }
      },
    },
  ],
});

async function measure({
  api,
  client,
  pids,
  mib,
  say,
}: {
  readonly api: StreamApi;
  readonly client: StreamClient;
  readonly pids: readonly number[];
  readonly mib: number;
  readonly say: Say;
}) {
  const bytes = mib * MIB;
  await client.download(WARM_UP_MIB * MIB);
  await client.upload(WARM_UP_MIB * MIB);
  async function growthOf(what: string, work: () => Promise<number>): Promise<number> {
    const memory = watchMemory(pids);
    try {
      const done = await reporting(work(), () => say(`${what}: grown by ${memory.grownMib()} MiB so far`));
      if (done !== bytes) throw new Error(`${what}: ${done} of ${bytes} bytes arrived.`);
      return memory.grownMib();
    } finally {
      memory.stop();
    }
  }
  const downMib = await growthOf("down", () => client.download(bytes));
  const upMib = await growthOf("up", () => client.upload(bytes));
  const lateMib = await growthOf("down, read late", () => client.download(bytes, READ_LATE_MS));
  const downAbortMs = await client.leaveDownload(api.nextBreak());
  const upAbortMs = await client.leaveUpload(api.nextBreak());
  const eventMs = await client.readEvents(EVENTS, (id) => api.confirm(id));
  const slowestEventMs = Math.max(...eventMs);
  const report = {
    mib,
    downMib,
    upMib,
    lateMib,
    downAbortMs,
    upAbortMs,
    events: eventMs.length,
    slowestEventMs,
  };
  return {
    report,
    rows: [
      [
        "grown by: down, up, down read late",
        `${downMib}, ${upMib}, ${lateMib} MiB (below ${MOST_GROWTH_MIB})`,
      ],
      [
        "a client leaves: down, up",
        `seen upstream after ${downAbortMs}, ${upAbortMs} ms (at most ${MOST_ABORT_MS})`,
      ],
      ["events one by one, slowest", `${eventMs.length}, ${slowestEventMs} ms`],
    ] as const,
    broken: brokenOf({
      "the server keeps bodies in memory": Math.max(downMib, upMib, lateMib) < MOST_GROWTH_MIB,
      "a client that leaves is seen too late": Math.max(downAbortMs, upAbortMs) <= MOST_ABORT_MS,
      "events are held back": eventMs.length === EVENTS,
    }),
  };
}
