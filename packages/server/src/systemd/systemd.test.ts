import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "@coatcheck/testkit/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const COATCHECK = fileURLToPath(new URL("../coatcheck.ts", import.meta.url));
const DEPLOY = fileURLToPath(new URL("../../deploy/systemd/", import.meta.url));
const SOON = { timeout: 20_000, interval: 20 };
/** Node can't receive datagrams of this kind either. */
const RECEIVER = `
import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
while True: print(receiver.recv(4096).decode().replace("\\n", " "), flush=True)
`;

function hasPrograms(...names: readonly string[]): boolean {
  return names.every((name) => spawnSync(name, ["--version"]).status === 0);
}

describe.skipIf(!hasPrograms("systemd-notify", "systemd-socket-activate", "python3"))(
  "coatcheck serve under a service manager",
  { timeout: 60_000 },
  () => {
    let folder: string;
    let port: number;
    const running: ChildProcess[] = [];
    const states: string[] = [];

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "coatcheck-systemd-"));
      await writeFile(join(folder, "index.html"), "<!doctype html>");
      await writeFile(join(folder, "secret"), "p3zQ0-vT7_client");
      port = await freePort();
      states.length = 0;
    });
    afterEach(async () => {
      for (const child of running.splice(0)) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }
      await rm(folder, { recursive: true });
    });

    function start(command: readonly string[], more: Readonly<Record<string, string>>): ChildProcess {
      const [program = "", ...rest] = command;
      const child = spawn(program, rest, {
        env: { ...process.env, ...environment(), ...more },
        stdio: ["ignore", "pipe", "inherit"],
      });
      running.push(child);
      return child;
    }

    function environment(): Record<string, string> {
      return {
        PUBLIC_ORIGIN: `http://localhost:${port}`,
        DANGEROUSLY_ALLOW_HTTP: "loopback",
        PORT: String(port),
        COOKIE_KEYS: "dzZW0c4s5kiviOiVGDcw0O7MQudOXhBfux83LUcHuwY",
        OIDC_ISSUER: "http://127.0.0.1:9",
        OAUTH_CLIENT_ID: "app",
        OAUTH_CLIENT_SECRET_FILE: join(folder, "secret"),
        INSTANCES: "1",
        WEB_ROOT: folder,
        LEDGER_FILE: join(folder, "ledger.sqlite"),
      };
    }

    async function receiveStates(): Promise<string> {
      const socket = join(folder, "notify");
      const receiver = start(["python3", "-c", RECEIVER, socket], {});
      const lines = createInterface({ input: receiver.stdout as NonNullable<typeof receiver.stdout> });
      // systemd-notify asks in this way whether what it said has arrived.
      lines.on("line", (line) => void (line !== "BARRIER=1" && states.push(line)));
      await expect.poll(() => states.shift(), SOON).toBe("bound");
      return socket;
    }

    async function health(): Promise<number> {
      const asking = get({ port, host: "localhost", path: "/healthz", agent: false });
      const [answer] = (await once(asking, "response")) as [IncomingMessage];
      answer.resume();
      return answer.statusCode ?? 0;
    }

    it.each([1, 2])("says what it does, with %i workers", async (workers) => {
      const watchdog = { WATCHDOG_USEC: "1000000" };
      const server = start([process.execPath, COATCHECK, "serve"], {
        NOTIFY_SOCKET: await receiveStates(),
        WORKERS: String(workers),
        ...watchdog,
      });
      const withoutWatchdog = () => states.filter((state) => state !== "WATCHDOG=1");
      await expect.poll(withoutWatchdog, SOON).toEqual([expect.stringMatching(/^READY=1 STATUS=Serving /u)]);
      expect(await health()).toBe(200);
      await expect
        .poll(() => states.filter((state) => state === "WATCHDOG=1").length, SOON)
        .toBeGreaterThan(2);
      server.kill("SIGHUP");
      await expect
        .poll(withoutWatchdog, SOON)
        .toEqual([
          expect.stringMatching(/^READY=1/u),
          expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=\d+$/u),
          expect.stringMatching(/^READY=1/u),
        ]);
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
      expect(states.filter((state) => state.startsWith("STOPPING=1"))).toHaveLength(1);
    });

    it.each([1, 2])("takes the socket that is handed to it, with %i workers", async (workers) => {
      const listen = ["systemd-socket-activate", `--listen=127.0.0.1:${port}`];
      const named = Object.entries({ ...environment(), WORKERS: String(workers), PORT: "1" });
      const server = start(
        [
          ...listen,
          ...named.map(([name, value]) => `--setenv=${name}=${value}`),
          process.execPath,
          COATCHECK,
          "serve",
        ],
        {},
      );
      // The first connection starts the server, and waits for it. Port 1 is nobody's to take.
      await expect.poll(() => health().catch(() => 0), SOON).toBe(200);
      expect(await health()).toBe(200);
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    });

    it("says so when nobody can be told, and serves", async () => {
      const server = start([process.execPath, COATCHECK, "serve"], {
        NOTIFY_SOCKET: join(folder, "nobody"),
        WORKERS: "1",
      });
      const lines: string[] = [];
      createInterface({ input: server.stdout as NonNullable<typeof server.stdout> }).on("line", (line) =>
        lines.push(line),
      );
      const unreachable = () => lines.filter((line) => line.includes('"service_manager_unreachable"')).length;
      await expect.poll(unreachable, SOON).toBe(1);
      expect(await health()).toBe(200);
    });

    it("has units that systemd takes", () => {
      const units = ["coatcheck.service", "coatcheck.socket"].map((name) => join(DEPLOY, name));
      const { stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], { encoding: "utf8" });
      // The program itself isn't installed here.
      const found = stderr.split("\n").filter((line) => line !== "" && !line.includes("is not executable"));
      expect(found.filter((line) => line.includes("coatcheck."))).toEqual([]);
    });
  },
);
