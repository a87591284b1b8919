import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "@coatcheck/demo";

/** A Redis of one's own on a free loopback port, which keeps what it acknowledged (`appendfsync always`). */
export interface RedisProcess {
  readonly url: string;
  /** Ends it and starts it again on the same port, with its data. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;

/** @throws {Error} if `redis-server` isn't on the PATH or doesn't start */
export async function startRedisProcess(): Promise<RedisProcess> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-torture-redis-"));
  const port = await findFreePort(0);
  let child = await launch();

  async function launch(): Promise<ChildProcess> {
    const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    const keeping = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];
    const started = spawn("redis-server", [...place, ...keeping], { stdio: ["ignore", "pipe", "inherit"] });
    const ready = Promise.withResolvers<void>();
    started.once("error", (cause) =>
      ready.reject(new Error("redis-server can't be started: is it on the PATH?", { cause })),
    );
    started.once("exit", (code) => ready.reject(new Error(`redis-server ended at once, code ${code}.`)));
    started.stdout.on("data", (chunk) => {
      if (String(chunk).includes("Ready to accept connections")) ready.resolve();
    });
    const timer = setTimeout(() => ready.reject(new Error("redis-server wasn't ready.")), READY_WITHIN_MS);
    try {
      await ready.promise;
    } finally {
      clearTimeout(timer);
    }
    return started;
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    async restart(signal) {
      await end(signal);
      child = await launch();
    },
    async stop() {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
