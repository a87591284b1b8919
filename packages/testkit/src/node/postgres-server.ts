import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findFolderWith } from "./find-programs.ts";
import { freePort } from "./free-port.ts";

/** A real PostgreSQL on a free loopback port, with an empty database. */
export interface PostgresServer {
  /** Of its superuser. */
  readonly url: string;
  /** Freezes it with all its processes, as a machine in trouble would. */
  freeze(): void;
  thaw(): void;
  /**
   * Ends it (`SIGINT`: at once, in order; `SIGKILL`: as a crash would), and starts it anew on the same data.
   *
   * @param whileDown awaited in between
   */
  restart(signal?: "SIGINT" | "SIGKILL", whileDown?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const READY = /database system is ready to accept connections/u;
const HELD = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/u;
const MAX_LAUNCHES = 100;
/** PostgreSQL refuses to run as root: then it runs as `nobody`. */
const NOBODY = 65_534;
/** Where Debian keeps them, off the PATH. */
const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** The folder with `postgres` and `initdb`: on the PATH, or Debian's newest; `undefined` if there is none. @param path of the environment: `PATH` */
export async function findPostgres(path: string | undefined): Promise<string | undefined> {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  const ofDebian = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN_FOLDER, version, "bin"));
  return findFolderWith(["postgres", "initdb"], path, ofDebian);
}

/** @param extra settings, such as `max_connections=5` */
export async function startPostgres(folder: string, extra: readonly string[] = []): Promise<PostgresServer> {
  const home = await mkdtemp(join(tmpdir(), "coatcheck-postgres-"));
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) await chown(home, NOBODY, NOBODY);
  const data = join(home, "data");
  const options = ["-D", data, "-U", "coatcheck", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"];
  await run(join(folder, "initdb"), options, { ...owner, cwd: home, env: { PATH: folder } });
  const port = await freePort();
  let stopWatching = (): void => undefined;
  let child = await launch();

  async function launch(): Promise<ChildProcess> {
    const place = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", home];
    const settings = extra.flatMap((setting) => ["-c", setting]);
    const started = spawn(join(folder, "postgres"), [...place, ...settings], {
      ...owner,
      cwd: home,
      env: { PATH: folder },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const lines: string[] = [];
    const ready = Promise.withResolvers<void>();
    started.once("exit", (code) =>
      ready.reject(new Error(`postgres ended, code ${code}: ${lines.join("")}`)),
    );
    started.stderr?.on("data", (chunk) => {
      lines.push(String(chunk));
      if (READY.test(String(chunk))) ready.resolve();
    });
    await ready.promise;
    stopWatching = watchOver(started.pid ?? 0, home);
    return started;
  }

  /** Of a server that was killed, processes may hold its memory for a moment longer, and PostgreSQL refuses to start beside them. */
  async function launchAfterCrash(): Promise<ChildProcess> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await launch();
      } catch (error) {
        if (tries === MAX_LAUNCHES || !HELD.test(String(error))) throw error;
        await sleep(100);
      }
    }
  }

  function signalAll(signal: NodeJS.Signals): void {
    // Each of its processes leads a group of its own, but is a child of the first.
    for (const pid of child.pid === undefined ? [] : [child.pid, ...childrenOf(child.pid)]) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile.
        continue;
      }
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    stopWatching();
    if (signal === "SIGKILL") signalAll(signal);
    else child.kill(signal);
    await gone;
  }

  return {
    url: `postgres://coatcheck@127.0.0.1:${port}/postgres`,
    freeze: () => signalAll("SIGSTOP"),
    thaw: () => signalAll("SIGCONT"),
    async restart(signal = "SIGINT", whileDown) {
      await end(signal);
      await whileDown?.();
      child = await launchAfterCrash();
    },
    async stop() {
      signalAll("SIGCONT");
      await end("SIGINT");
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Ends the server where this process is killed, whose end closes the pipe: a test that is cut off leaves nothing behind. @returns stops it */
function watchOver(pid: number, home: string): () => void {
  const script = 'cat > /dev/null; kill -INT "$1" && sleep 2; rm -rf "$2"';
  const watchdog = spawn("sh", ["-c", script, "watchdog", String(pid), home], {
    stdio: ["pipe", "ignore", "ignore"],
    // What is sent to the group of a terminal isn't for it.
    detached: true,
  });
  watchdog.unref();
  return () => void watchdog.kill("SIGKILL");
}

function childrenOf(pid: number): readonly number[] {
  const listed = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return listed
    .split("\n")
    .map((line) => line.trim().split(/\s+/u).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}
