import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFolderWith } from "./find-programs.ts";
import { freePort } from "./free-port.ts";

/** A real Redis on a free loopback port, with nothing in it. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Freezes it, as a machine in trouble would. */
  freeze(): void;
  thaw(): void;
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
  const folder = await findFolderWith(["redis-server"], path);
  return folder === undefined ? undefined : join(folder, "redis-server");
}

const READY = /Ready to accept connections|Server initialized/u;

/** @param extra settings as on the command line, such as `--maxmemory-policy allkeys-lru` */
export async function startRedisServer(file: string, extra: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-redis-"));
  const port = await freePort();
  let child = await launch();

  async function launch(more: readonly string[] = []): Promise<ChildProcess> {
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const started = spawn(file, [...settings, "--dir", folder, ...extra, ...more], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ready = Promise.withResolvers<void>();
    started.once("error", ready.reject);
    started.once("exit", (code) => ready.reject(new Error(`redis-server ended at once, code ${code}.`)));
    started.stdout.on("data", (chunk) => {
      if (READY.test(String(chunk))) ready.resolve();
    });
    await ready.promise;
    return started;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async restart({ signal = "SIGKILL", more = [] } = {}) {
      await end(signal);
      child = await launch(more);
    },
    async stop() {
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
