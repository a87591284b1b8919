import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
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

/** Holds a socket as systemd does, and starts a program with it for each line that it reads. Node has no `listen` without `accept`. */
const SOCKET_HOLDER = `
import os, socket, sys
held = socket.socket()
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
held.bind(("127.0.0.1", int(sys.argv[1])))
held.listen(1024)
print("bound", flush=True)
for line in sys.stdin:
    started = os.fork()
    if started == 0:
        os.dup2(held.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
        os.execvp(sys.argv[2], sys.argv[2:])
    print("ended", os.waitstatus_to_exitcode(os.waitpid(started, 0)[1]), flush=True)
`;

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

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

    function start(
      command: readonly string[],
      more: Readonly<Record<string, string>>,
      stdin: "ignore" | "pipe" = "ignore",
    ): ChildProcess {
      const [program = "", ...rest] = command;
      const child = spawn(program, rest, {
        env: { ...process.env, ...environment(), ...more },
        stdio: [stdin, "pipe", "inherit"],
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

    /** Starts a holder of the socket; what its program says comes with what it says itself. */
    async function holdSocket(more: Readonly<Record<string, string>>) {
      const command = [process.execPath, COATCHECK, "serve"];
      const holder = start(["python3", "-c", SOCKET_HOLDER, String(port), ...command], more, "pipe");
      const lines: string[] = [];
      createInterface({ input: holder.stdout as NonNullable<typeof holder.stdout> }).on("line", (line) =>
        lines.push(line),
      );
      await expect.poll(() => lines, SOON).toContain("bound");
      const workers = () =>
        lines
          .filter((line) => line.includes('"listening"'))
          .map((line) => Number(/"pid":(\d+)/u.exec(line)?.[1]));
      const orderly = () => lines.filter((line) => line === "ended 0").length;
      return {
        lines,
        serve: () => void holder.stdin?.write("\n"),
        /** Those that have begun to listen, oldest first. */
        workers,
        /** Ends the program that runs now, in order. */
        async end() {
          const before = orderly();
          process.kill(parentOf(workers().at(-1) ?? 0), "SIGTERM");
          await expect.poll(orderly, SOON).toBe(before + 1);
        },
      };
    }

    it("is started anew without a connection that is refused or broken", async () => {
      const held = await holdSocket({ WORKERS: "2" });
      const answers: Record<string, number> = {};
      const asking = { goesOn: true };
      const askers = Array.from({ length: 12 }, async () => {
        while (asking.goesOn) {
          const answer = await health().catch(({ code }: NodeJS.ErrnoException) => code ?? "no answer");
          answers[answer] = (answers[answer] ?? 0) + 1;
        }
      });
      for (const workers of [2, 4]) {
        const before = answers[200] ?? 0;
        held.serve();
        await expect.poll(() => held.workers().length, SOON).toBe(workers);
        await expect.poll(() => answers[200], SOON).toBeGreaterThan(before + 200);
        await held.end();
      }
      held.serve();
      asking.goesOn = false;
      await Promise.all(askers);
      await expect.poll(() => held.workers().length, SOON).toBe(6);
      await held.end();
      expect(Object.keys(answers)).toEqual(["200"]);
    });

    it("ends where all of its workers died, since nobody but the service manager has the socket then", async () => {
      const held = await holdSocket({ WORKERS: "2" });
      held.serve();
      await expect.poll(() => held.workers().length, SOON).toBe(2);
      for (const worker of held.workers()) process.kill(worker, "SIGKILL");
      await expect.poll(() => held.lines, SOON).toContain("ended 1");
      held.serve();
      await expect.poll(() => held.workers().length, SOON).toBe(4);
      expect(await health()).toBe(200);
      await held.end();
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
