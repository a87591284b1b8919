import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { ServerError } from "../server-error.ts";

/** The first descriptor after standard input, output and error. */
const FIRST_FD = 3;

/** Who asks: a worker has the socket of the process that forked it, which holds the port. */
export interface AskingProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly isWorker: boolean;
}

/**
 * The socket that the service manager listens on already, and hands to this process: connections wait in it while the process
 * is started anew.
 *
 * @returns its descriptor, or `undefined` where none was handed over
 * @throws {ServerError} `config_invalid`: there are several
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 */
export function inheritedSocket(
  { LISTEN_FDS: count, LISTEN_PID: pid }: EnvironmentRecord,
  asking: AskingProcess,
): number | undefined {
  const owner = asking.isWorker ? asking.ppid : asking.pid;
  if (count === undefined || pid !== String(owner)) return undefined;
  if (count === "1") return FIRST_FD;
  throw new ServerError(
    "config_invalid",
    `The service manager hands over ${count} sockets`,
    "name one ListenStream in the socket unit: the port that browsers reach.",
  );
}
