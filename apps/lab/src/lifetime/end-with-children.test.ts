import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { findRedis } from "../find-redis.ts";
import { repositoryRoot } from "../repository-root.ts";

const MODULE = new URL("./end-with-children.ts", import.meta.url).href;
/** Starts a child that is frozen and one of a group of its own that has a child, writes their ids, and waits or does something else. */
function commandThat(ending: string): string {
  return `
import { spawn } from "node:child_process";
import { endWithChildren } from ${JSON.stringify(MODULE)};
endWithChildren();
const frozen = spawn("sleep", ["600"], { stdio: "ignore" });
const group = spawn("sh", ["-c", "sleep 600 & echo $!; wait"], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
group.stdout.once("data", (line) => {
  frozen.kill("SIGSTOP");
  console.log([frozen.pid, group.pid, String(line).trim()].join(" "));
  ${ending}
});
`;
}

function isRunning(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return state !== "" && !state.startsWith("Z");
}

it.each([
  ["SIGTERM", "process.kill(process.pid, 'SIGTERM');", 143],
  ["SIGINT", "process.kill(process.pid, 'SIGINT');", 130],
  ["SIGHUP", "process.kill(process.pid, 'SIGHUP');", 129],
  ["an error that nobody catches", "throw new Error('as a scene may');", 1],
  ["process.exit", "process.exit(3);", 3],
])("ends what it has started, frozen or not, with all of theirs: %s", async (_how, ending, exitCode) => {
  const command = spawn(process.execPath, ["--input-type=module", "--eval", commandThat(ending)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(command, "exit");
  const [line] = (await once(createInterface({ input: command.stdout }), "line")) as [string];
  const pids = line.split(" ").map(Number);
  expect(pids).toHaveLength(3);
  expect(await ended).toEqual([exitCode, null]);
  await expect.poll(() => pids.filter(isRunning)).toEqual([]);
});

it.skipIf(!findRedis((line) => console.warn(line)))(
  "pnpm torture that is told to end leaves neither its servers nor its Redis running",
  { timeout: 60_000 },
  async () => {
    const main = join(repositoryRoot, "apps/lab/src/torture/main.ts");
    const command = spawn(process.execPath, [main, "--ledger", "redis", "--rounds", "500"], {
      stdio: "ignore",
    });
    const started = (): readonly string[] =>
      spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
        .stdout.split("\n")
        .filter((line) => line.trim().split(/\s+/u)[1] === String(command.pid));
    const programs = (): readonly (string | undefined)[] =>
      started().map((line) => /redis-server|coatcheck\.ts/u.exec(line)?.[0]);
    await expect.poll(programs, { timeout: 40_000 }).toContain("coatcheck.ts");
    expect(programs()).toContain("redis-server");
    const pids = started().map((line) => Number(line.trim().split(/\s+/u)[0]));
    command.kill("SIGTERM");
    expect(await once(command, "exit")).toEqual([143, null]);
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  },
);

const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

it.each(["bench", "conformance", "scale", "soak", "sockets", "torture"])(
  "pnpm %s does so before it starts anything",
  (name) => {
    const [, file = ""] = /node (?<file>\S+)/u.exec(scripts[name] ?? "") ?? [];
    const statements = readFileSync(join(repositoryRoot, file), "utf8").split("\n");
    const first = statements.findIndex((line) => line.startsWith("endWithChildren();"));
    const work = statements.findIndex((line) =>
      /^(?:process\.exitCode = )?await |^for |^try |spawn\(/u.test(line),
    );
    expect(first).toBeGreaterThan(0);
    expect(work === -1 || first < work).toBe(true);
  },
);
