import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFolderWith } from "./find-programs.ts";
import { freePort } from "./free-port.ts";
import { launchRedis, redisCli } from "./redis-process.ts";

/** A real Redis on a free loopback port, with nothing in it. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Runs a command as `redis-cli` does, and resolves with what that prints. */
  cli(...command: readonly string[]): Promise<string>;
  /** Freezes it, as a machine in trouble would. */
  freeze(): void;
  thaw(): void;
  /** Ends it as a crash would; `restart` brings it back. */
  kill(): Promise<void>;
  /**
   * Ends it and starts it anew on the same port: its data are gone, but for what was saved.
   *
   * @param how `signal`: default `SIGKILL`; `more`: settings from now on
   */
  restart(how?: { readonly signal?: NodeJS.Signals; readonly more?: readonly string[] }): Promise<void>;
  stop(): Promise<void>;
}

/** `redis-server` on the PATH; `undefined` if there is none. @param path of the environment: `PATH` */
export async function findRedisServer(path: string | undefined): Promise<string | undefined> {
  return findProgram("redis-server", path);
}

/** Finds `valkey-server`, which speaks the same protocol and takes the same settings. */
export async function findValkeyServer(path: string | undefined): Promise<string | undefined> {
  return findProgram("valkey-server", path);
}

async function findProgram(name: string, path: string | undefined): Promise<string | undefined> {
  const folder = await findFolderWith([name], path);
  return folder === undefined ? undefined : join(folder, name);
}

/** @param extra settings as on the command line, such as `--maxmemory-policy allkeys-lru` */
export async function startRedisServer(file: string, extra: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-redis-"));
  const port = await freePort();
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const settings = [...place, "--save", "", "--appendonly", "no", ...extra];
  let running = await launchRedis(file, settings);

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    cli: (...command) => redisCli(file, port, ...command),
    freeze: () => running.freeze(),
    thaw: () => running.thaw(),
    kill: () => running.end("SIGKILL"),
    async restart({ signal = "SIGKILL", more = [] } = {}) {
      await running.end(signal);
      running = await launchRedis(file, [...settings, ...more]);
    },
    async stop() {
      await running.end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
