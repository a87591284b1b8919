import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A real Redis on a free loopback port, with nothing in it. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Freezes it, as a machine in trouble would. */
  freeze(): void;
  thaw(): void;
  /** Kills it and starts it anew on the same port: its data are gone. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `redis-server` on the PATH; `undefined` if there is none. */
export async function findRedisServer(path: string = process.env["PATH"] ?? ""): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, "redis-server");
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
      continue;
    }
  }
  return undefined;
}

/** @param extra settings as on the command line, such as `--maxmemory-policy allkeys-lru` */
export async function startRedisServer(file: string, extra: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-redis-"));
  const port = await freePort();
  let child = await launch();

  async function launch(): Promise<ChildProcess> {
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const started = spawn(file, [...settings, "--dir", folder, ...extra], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const chunk of started.stdout ?? []) {
      if (String(chunk).includes("Ready to accept connections")) break;
    }
    return started;
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async restart() {
      await kill();
      child = await launch();
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
