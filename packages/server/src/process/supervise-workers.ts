import cluster, { type Worker } from "node:cluster";
import type { WriteLog } from "./write-log.ts";

export interface SuperviseOptions {
  readonly workers: number;
  readonly log: WriteLog;
  /** How long a worker may take to drain before it is killed, milliseconds. */
  readonly graceMs: number;
  readonly onFork: (worker: Worker) => void;
  /** Called when no worker listens any more, though none was told to stop. Default: new ones are started. */
  readonly onPortLost?: (() => void) | undefined;
}

/** The processes that serve, seen from the one that holds the port. */
export interface Supervisor {
  /** Starts as many new workers, then drains the old ones: what a deploy in place needs. */
  replaceAll(): Promise<void>;
  signalAll(signal: NodeJS.Signals): void;
  /** Drains all workers. */
  stop(): Promise<void>;
}

/** A worker that lives shorter than this died of its start: the next one waits longer. */
const SHORT_LIFE_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;

/**
 * Keeps a number of workers running on one port: one that dies is replaced, sooner if it had lived for long.
 *
 * The port is held here, so a worker can come and go without a connection being refused. Nothing is shared but the ledger.
 *
 * @returns `undefined` if the first worker can't start; it has said why.
 */
export async function superviseWorkers({
  workers,
  log,
  graceMs,
  onFork,
  onPortLost,
}: SuperviseOptions): Promise<Supervisor | undefined> {
  const current = new Set<Worker>();
  const listening = new Set<Worker>();
  let hasServed = false;
  let isStopping = false;
  let shortLives = 0;
  let replacing: Promise<void> = Promise.resolve();

  /** Resolves when the worker serves, or with `false` when it ended before. */
  function start(): Promise<boolean> {
    const startedMs = performance.now();
    const worker = cluster.fork();
    current.add(worker);
    onFork(worker);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    worker.once("listening", () => {
      hasServed = true;
      listening.add(worker);
      resolve(true);
    });
    worker.once("exit", (code: number | null, signal: string | null) => {
      resolve(false);
      const wasWanted = current.delete(worker);
      listening.delete(worker);
      if (!wasWanted || isStopping || !hasServed) return;
      log({
        level: "error",
        event: "worker_died",
        workerPid: worker.process.pid,
        code: code ?? -1,
        signal: signal ?? "none",
      });
      if (onPortLost !== undefined && listening.size === 0) return onPortLost();
      shortLives = performance.now() - startedMs < SHORT_LIFE_MS ? shortLives + 1 : 0;
      const pauseMs = shortLives === 0 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (shortLives - 1));
      setTimeout(() => {
        if (!isStopping) void start();
      }, pauseMs);
    });
    return promise;
  }

  async function drain(worker: Worker): Promise<void> {
    current.delete(worker);
    listening.delete(worker);
    if (worker.isDead()) return;
    const ended = new Promise<void>((resolve) => void worker.once("exit", () => resolve()));
    worker.process.kill("SIGTERM");
    const timer = setTimeout(() => worker.process.kill("SIGKILL"), graceMs);
    await ended;
    clearTimeout(timer);
  }

  async function replace(): Promise<void> {
    const old = [...current];
    const started = await Promise.all(Array.from({ length: workers }, () => start()));
    if (isStopping) return;
    // Half of them is better than none; if nothing new serves, the old ones stay.
    if (!started.includes(true)) {
      log({ level: "error", event: "workers_not_replaced" });
      return;
    }
    await Promise.all(old.map((worker) => drain(worker)));
    log({ level: "info", event: "workers_replaced", workers });
  }

  // One at first: what is wrong with it is wrong with all, and is said once.
  if (!(await start())) return undefined;
  await Promise.all(Array.from({ length: workers - 1 }, () => start()));
  log({ level: "info", event: "workers_serving", workers });
  return {
    replaceAll() {
      replacing = replacing.then(() => (isStopping ? undefined : replace()));
      return replacing;
    },
    signalAll(signal) {
      for (const worker of current) worker.process.kill(signal);
    },
    async stop() {
      isStopping = true;
      await Promise.all([...current].map((worker) => drain(worker)));
    },
  };
}
