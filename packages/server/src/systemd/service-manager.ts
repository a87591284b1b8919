import { spawn } from "node:child_process";
import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import type { WriteLog } from "../process/write-log.ts";

/** Whoever started the process, and wants to know how it is. */
export interface ServiceManager {
  /** It serves, for the first time or again. @param status for people */
  readonly ready: (status: string) => Promise<void>;
  /** It reads something again; `ready` follows. */
  readonly reloading: () => Promise<void>;
  readonly stopping: () => Promise<void>;
}

const NOBODY: ServiceManager = {
  ready: () => Promise.resolve(),
  reloading: () => Promise.resolve(),
  stopping: () => Promise.resolve(),
};

/**
 * Speaks to systemd where it wants to hear of the process (`Type=notify`), and answers its watchdog.
 *
 * By its own program `systemd-notify`: Node has no sockets of that kind, and it is there wherever systemd is. The unit needs
 * `NotifyAccess=all`, since what it says comes from a child.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
export function createServiceManager(environment: EnvironmentRecord, log: WriteLog): ServiceManager {
  const { NOTIFY_SOCKET, PATH, WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
  if (NOTIFY_SOCKET === undefined) return NOBODY;
  let isReported = false;
  let sent: Promise<void> = Promise.resolve();

  function report(reason: string): void {
    if (!isReported) log({ level: "warn", event: "service_manager_unreachable", reason });
    isReported = true;
  }

  function send(states: readonly string[]): Promise<void> {
    const done = Promise.withResolvers<void>();
    const child = spawn("systemd-notify", ["--", ...states], {
      env: { NOTIFY_SOCKET, PATH },
      stdio: "ignore",
    });
    child.once("error", ({ message }) => {
      report(message);
      done.resolve();
    });
    child.once("exit", (code) => {
      if (code !== 0) report(`systemd-notify ended with ${code}`);
      done.resolve();
    });
    return done.promise;
  }

  /** One after the other: a state that overtakes another one would replace it. */
  function notify(...states: readonly string[]): Promise<void> {
    sent = sent.then(() => send(states));
    return sent;
  }

  if (WATCHDOG_USEC !== undefined && WATCHDOG_PID === String(process.pid)) {
    // Twice in its time. A process that can't do that any more is ended and started anew.
    setInterval(() => void notify("WATCHDOG=1"), Number(WATCHDOG_USEC) / 2_000).unref();
  }
  return {
    ready: (status) => notify("READY=1", `STATUS=${status}`),
    reloading: () => notify("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`),
    stopping: () => notify("STOPPING=1", "STATUS=Finishing what is under way."),
  };
}
