import cluster from "node:cluster";
import { once } from "node:events";
import type { createBff } from "@coatcheck/bff";
import type { Settings } from "../environment/parse-environment.ts";
import { createMetricsRecorder } from "../metrics/metrics-recorder.ts";
import { startMetricsServer } from "../metrics/metrics-server.ts";
import { mergeSnapshots, type MetricsSnapshot } from "../metrics/metrics-snapshot.ts";
import { createWorkerMetrics, reportMetrics } from "../metrics/worker-metrics.ts";
import type { SettingsReading, SettingsSource } from "../secrets/settings-source.ts";
import type { WriteLog } from "./write-log.ts";
import { runServer, type RunningServer } from "./run-server.ts";
import { superviseWorkers } from "./supervise-workers.ts";

/** What can be ended in order: one server, or the workers of one. */
export type Running = Pick<RunningServer, "drain"> & {
  /** Reads the files of secrets again; of several workers, each does. */
  reread(): Promise<unknown>;
  /** Starts new workers, then drains the old ones. */
  replace?(): Promise<void>;
};

export interface RunOptions {
  readonly settings: Settings;
  /** Where they came from, and what was read there. */
  readonly source: SettingsSource;
  readonly started: SettingsReading;
  readonly log: WriteLog;
  /** Default: the production one. */
  readonly createBff?: typeof createBff | undefined;
  readonly droppedLogLines: () => number;
  /** A socket that listens already. Default: one is opened, as the settings say. */
  readonly listenFd?: number | undefined;
  /** Ends the process, so that its service manager starts it anew, with the socket. */
  readonly onPortLost?: (() => void) | undefined;
  readonly newKeySealsAfterMs?: number | undefined;
}

/** Between the end of a drain and the end of its process. */
const EXIT_SECONDS = 5;

/** What an orderly end may take, milliseconds; after it a process is ended. */
export function shutdownMs({ drainSeconds, drainNoticeSeconds }: Settings): number {
  return (drainSeconds + drainNoticeSeconds + EXIT_SECONDS) * 1000;
}

/**
 * Runs what this process is: the only one that serves, the one that holds the port for workers, or a worker.
 *
 * @returns `undefined` if the first worker can't start; it has said why.
 */
export async function runProcesses(options: RunOptions): Promise<Running | undefined> {
  if (cluster.isWorker) return runWorker(options);
  return options.settings.workers === 1 ? runAlone(options) : runWithWorkers(options);
}

/** Runs a server that is the only one of this process, and its metrics. */
export async function runAlone(options: RunOptions): Promise<RunningServer> {
  const recorder = createMetricsRecorder(options);
  const closeMetrics = await openMetrics(options, () => Promise.resolve(recorder.snapshot()));
  try {
    const server = await runServer({ ...options, ...recorder });
    return {
      ...server,
      async drain() {
        await server.drain();
        closeMetrics();
      },
    };
  } catch (error) {
    closeMetrics();
    throw error;
  }
}

async function runWorker(options: RunOptions): Promise<Running> {
  // Without this, Node ends a worker on the spot when the process that holds the port is gone, token calls and all.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  const recorder = createMetricsRecorder(options);
  const report = reportMetrics(process, () => recorder.snapshot());
  const server = await runServer({ ...options, ...recorder });
  return {
    ...server,
    async drain() {
      await server.drain();
      await report();
      await leave();
    },
  };
}

/**
 * Waits until the process that holds the port knows that this one takes no more. Without this, a connection that it handed over
 * just before would die with this process unseen: whoever made it would wait for an answer for ever.
 */
async function leave(): Promise<void> {
  const { worker } = cluster;
  if (worker?.isConnected() !== true) return;
  const left = once(process, "disconnect");
  worker.disconnect();
  await left;
}

async function runWithWorkers(options: RunOptions): Promise<Running | undefined> {
  const { settings, log, listenFd, onPortLost } = options;
  // Workers take connections from the socket themselves. Otherwise this process would take them and hand them on, and those that
  // it has when the last worker leaves would be reset: a restart would refuse somebody.
  if (listenFd !== undefined) cluster.schedulingPolicy = cluster.SCHED_NONE;
  const metrics = createWorkerMetrics();
  const own = createMetricsRecorder(options);
  const closeMetrics = await openMetrics(options, async () =>
    mergeSnapshots([own.snapshot(), await metrics.collect()]),
  );
  const supervisor = await superviseWorkers({
    workers: settings.workers,
    log,
    graceMs: shutdownMs(settings),
    onFork: (worker) => metrics.watch(worker),
    // Node closes a socket with the last worker that listens on it; one that was handed over can't be opened again.
    onPortLost: listenFd === undefined ? undefined : onPortLost,
  });
  if (supervisor === undefined) return undefined;
  return {
    replace: () => supervisor.replaceAll(),
    reread: async () => supervisor.signalAll("SIGHUP"),
    async drain() {
      await supervisor.stop();
      closeMetrics();
    },
  };
}

async function openMetrics(
  { settings, log }: RunOptions,
  collect: () => Promise<MetricsSnapshot>,
): Promise<() => void> {
  const { metricsPort: port, metricsHost: host } = settings;
  if (port === undefined) return () => undefined;
  const server = await startMetricsServer({ port, host, collect });
  log({ level: "info", event: "metrics_listening", port, host });
  return () => server.close();
}
