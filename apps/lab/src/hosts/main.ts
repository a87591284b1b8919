import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "../repository-root.ts";
import { HOSTS } from "./all-hosts.ts";
import { endInRefresh, HOST_CHECKS } from "./checks.ts";
import { onHostStage } from "./host-stage.ts";
import type { ExampleHost } from "./host.ts";
import { buildNextExample, nextHost } from "./next-host.ts";
import { renderHosts, type HostResult } from "./render-hosts.ts";
import { installRuntimes } from "./runtime-folder.ts";

/**
 * `pnpm runtimes [--host WORD] [--deploys N]`: the same checks on every host that has an example, over HTTP, against a real provider
 * and a real API. Installs Bun, Deno, workerd and Next.js beside the workspace, prints a table, and writes it into docs/runtimes.md
 * where all hosts were tried. `--deploys` (default 20): how often the README's app gets SIGTERM in the middle of a refresh.
 */
const { values } = parseArgs({
  options: { host: { type: "string" }, deploys: { type: "string", default: "20" } },
});
installRuntimes();
const word = values.host?.toLowerCase();
const hosts = HOSTS.filter(({ name }) => word === undefined || name.toLowerCase().includes(word));
if (hosts.includes(nextHost)) buildNextExample();
const results: HostResult[] = [];
for (const host of hosts) results.push(await tryHost(host));
const [readme] = HOSTS;
const times = Number(values.deploys);
const deployed =
  word === undefined && readme !== undefined
    ? { times, lost: await deployAgainAndAgain(readme, times) }
    : undefined;
const text = renderHosts(results, HOST_CHECKS, deployed);
console.log(`\n${text}`);
const hasFailed =
  (deployed?.lost ?? 0) > 0 ||
  results.some(({ outcomes }) => [...outcomes.values()].some(({ kind }) => kind === "failed"));
if (word === undefined && !hasFailed) writeFileSync(join(repositoryRoot, "docs", "runtimes.md"), text);
process.exitCode = hasFailed ? 1 : 0;

async function tryHost(host: ExampleHost): Promise<HostResult> {
  const outcomes: HostResult["outcomes"] = new Map();
  console.log(`--- ${host.name} (${host.example})`);
  await onHostStage(host, async (stage) => {
    for (const { name, run } of HOST_CHECKS) {
      const reason = host.lacks[name];
      try {
        const seen = reason === undefined ? await run(stage) : undefined;
        outcomes.set(name, seen === undefined ? { kind: "lacking", reason } : { kind: "passed", seen });
      } catch (error) {
        outcomes.set(name, { kind: "failed" });
        console.log(error, stage.running.output().slice(-2_000));
        await stage.control.reset();
      }
      console.log(`  ${outcomes.get(name)?.kind ?? ""}: ${name}`);
    }
  });
  return { host, version: host.version(), outcomes };
}

/** @returns how many deploys lost a session */
async function deployAgainAndAgain(host: ExampleHost, times: number): Promise<number> {
  let lost = 0;
  console.log(`--- ${host.name}: SIGTERM in the middle of a refresh, ${times} times`);
  await onHostStage(host, async (stage) => {
    for (let time = 0; time < times; time += 1) {
      try {
        await endInRefresh(stage);
      } catch (error) {
        lost += 1;
        console.log(error);
        await stage.control.reset();
      }
    }
  });
  return lost;
}
