import type { Worker } from "node:cluster";
import { EMPTY_SNAPSHOT, mergeSnapshots, type MetricsSnapshot } from "./metrics-snapshot.ts";

interface SnapshotMessage {
  readonly kind: "coatcheck_metrics";
  readonly snapshot: MetricsSnapshot;
}

const ASK = "coatcheck_metrics?";
const ANSWER_WITHIN_MS = 1_000;

function isSnapshotMessage(message: unknown): message is SnapshotMessage {
  return (
    typeof message === "object" &&
    message !== null &&
    "kind" in message &&
    message.kind === "coatcheck_metrics"
  );
}

/**
 * In a worker: tells what it has counted whenever it is asked.
 *
 * @returns tells it of its own accord, for the end; resolves when it is on its way.
 */
export function reportMetrics(channel: NodeJS.Process, snapshot: () => MetricsSnapshot): () => Promise<void> {
  const report = async (): Promise<void> => {
    const message: SnapshotMessage = { kind: "coatcheck_metrics", snapshot: snapshot() };
    if (!channel.connected) return;
    // Whether it arrived matters to nobody here: the other end may be gone.
    await new Promise<void>((resolve) => channel.send?.(message, undefined, undefined, () => resolve()));
  };
  channel.on("message", (message: unknown) => {
    if (message === ASK) void report();
  });
  return report;
}

/** In the process that holds the port: sums up what all workers have counted, those that are gone included. */
export interface WorkerMetrics {
  watch(worker: Worker): void;
  collect(): Promise<MetricsSnapshot>;
}

export function createWorkerMetrics(): WorkerMetrics {
  const latest = new Map<Worker, MetricsSnapshot>();
  let retired = EMPTY_SNAPSHOT;

  async function ask(worker: Worker): Promise<void> {
    if (!worker.isConnected()) return;
    const answered = Promise.withResolvers<void>();
    const onMessage = (message: unknown): void => {
      if (isSnapshotMessage(message)) answered.resolve();
    };
    worker.on("message", onMessage);
    const timer = setTimeout(() => answered.resolve(), ANSWER_WITHIN_MS);
    worker.send(ASK);
    // A worker that doesn't answer in time counts as it last said.
    await answered.promise;
    clearTimeout(timer);
    worker.off("message", onMessage);
  }

  return {
    watch(worker) {
      latest.set(worker, EMPTY_SNAPSHOT);
      worker.on("message", (message: unknown) => {
        if (isSnapshotMessage(message)) latest.set(worker, message.snapshot);
      });
      worker.once("exit", () => {
        retired = mergeSnapshots([retired, { ...(latest.get(worker) ?? EMPTY_SNAPSHOT), gauges: {} }]);
        latest.delete(worker);
      });
    },
    async collect() {
      await Promise.all([...latest.keys()].map((worker) => ask(worker)));
      return mergeSnapshots([
        retired,
        ...latest.values(),
        { ...EMPTY_SNAPSHOT, gauges: { workers: latest.size } },
      ]);
    },
  };
}
