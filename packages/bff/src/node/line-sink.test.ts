import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const PROCESS = fileURLToPath(new URL("line-sink-process.fixture.ts", import.meta.url));
/** What a pipe of Linux holds, and what the sink lets wait. */
const PIPE_LINES = 65;
const WAITING_LINES = 1_048;

describe("a sink of lines, on a real pipe", () => {
  let folder: string;
  let pipe: string;
  let child: ChildProcess;
  const open: number[] = [];

  /** Opens the pipe's other end. */
  function read(): number {
    const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    open.push(fd);
    return fd;
  }

  function leave(fd: number): void {
    open.splice(open.indexOf(fd), 1);
    closeSync(fd);
  }

  /** Takes all that is there; answers how many whole lines it was. */
  function drain(fd: number): number {
    const chunk = Buffer.alloc(65_536);
    let lines = 0;
    for (;;) {
      try {
        const count = readSync(fd, chunk);
        if (count === 0) return lines;
        lines += chunk.subarray(0, count).toString().split("\n").length - 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return lines;
        throw error;
      }
    }
  }

  async function start(stdout: number): Promise<void> {
    child = spawn(process.execPath, [PROCESS], { stdio: ["ignore", stdout, "inherit", "ipc"] });
    await once(child, "message");
  }

  async function answer(): Promise<{ readonly dropped?: number; readonly recovered?: number }> {
    const [message] = (await once(child, "message")) as [{ dropped?: number; recovered?: number }];
    return message;
  }

  async function write(lines: number): Promise<number | undefined> {
    child.send({ write: lines });
    return (await answer()).dropped;
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "coatcheck-pipe-"));
    pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
  });

  afterEach(async () => {
    const ended = once(child, "exit");
    child.disconnect();
    await ended;
    for (const fd of open.splice(0)) closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  function startOnPipe(): Promise<void> {
    const fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    return start(fd).finally(() => closeSync(fd));
  }

  it("hands on every line to a reader that keeps up", async () => {
    const reader = read();
    await startOnPipe();
    expect(await write(50)).toBe(0);
    expect(drain(reader)).toBe(50);
  });

  it("keeps some lines for a slow reader, drops and counts the rest, and says so when it has room again", async () => {
    const reader = read();
    await startOnPipe();
    const dropped = (await write(5_000)) ?? 0;
    expect(5_000 - dropped).toBeGreaterThanOrEqual(WAITING_LINES);
    expect(5_000 - dropped).toBeLessThanOrEqual(WAITING_LINES + PIPE_LINES);
    const recovered = answer();
    let seen = 0;
    await expect.poll(() => (seen += drain(reader))).toBe(5_000 - dropped);
    expect(await recovered).toEqual({ recovered: dropped });
  });

  it("drops and counts what a reader that has left can't get, and says so to the next one", async () => {
    const first = read();
    await startOnPipe();
    expect(await write(2)).toBe(0);
    expect(drain(first)).toBe(2);
    leave(first);
    expect(await write(20)).toBe(20);
    expect(await write(1)).toBe(21);
    const second = read();
    child.send({ write: 1 });
    expect(await answer()).toEqual({ recovered: 21 });
    expect(await answer()).toEqual({ dropped: 21 });
    expect(drain(second)).toBe(1);
  });

  it.skipIf(!existsSync("/dev/full"))("drops and counts what a full disk doesn't take", async () => {
    const full = openSync("/dev/full", constants.O_WRONLY);
    await start(full).finally(() => closeSync(full));
    expect(await write(3)).toBe(3);
    expect(await write(2)).toBe(5);
  });
});
