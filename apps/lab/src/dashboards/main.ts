import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findFreePort } from "@coatcheck/demo";
import { coatcheck } from "../torture/stage/adapters/coatcheck.ts";
import { bringVisitors } from "../torture/stage/bring-visitor.ts";
import { sleep } from "../torture/stage/sleep.ts";
import { onStage } from "../torture/stage/stage.ts";
import { keepCalling } from "../torture/stage/visitor.ts";
import { dashboardQueries, RULES_FILE } from "./dashboard-queries.ts";

// `pnpm dashboards`: a real Prometheus reads a server under load, and each query of the dashboard and of the alerts must answer.
const { values } = parseArgs({ options: { seconds: { type: "string", default: "30" } } });
const PEOPLE = 4;
const TOKEN_SECONDS = 5;
const PAUSE_MS = 50;
const VARIABLES = { job: "coatcheck", __rate_interval: "15s" };

interface Answer<Data> {
  readonly status: string;
  readonly data: Data;
}

const folder = await mkdtemp(join(tmpdir(), "coatcheck-dashboards-"));
const [port, metricsPort] = [await findFreePort(0), await findFreePort(0)];
const prometheusUrl = `http://127.0.0.1:${port}`;

async function ask<Data>(path: string): Promise<Data> {
  const answer = await fetch(`${prometheusUrl}/api/v1/${path}`);
  const { status, data } = (await answer.json()) as Answer<Data>;
  if (status !== "success") throw new Error(`${path} is answered ${status}.`);
  return data;
}

async function count(expression: string): Promise<number> {
  const { result } = await ask<{ readonly result: readonly unknown[] }>(
    `query?query=${encodeURIComponent(expression)}`,
  );
  return result.length;
}

async function startPrometheus(): Promise<() => Promise<void>> {
  const config = join(folder, "prometheus.yml");
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: "2s", evaluation_interval: "2s" },
      rule_files: [RULES_FILE],
      scrape_configs: [
        { job_name: VARIABLES.job, static_configs: [{ targets: [`127.0.0.1:${metricsPort}`] }] },
      ],
    }),
  );
  const child = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  const ended = once(child, "exit");
  return async () => {
    child.kill("SIGTERM");
    await ended;
  };
}

const environment = { METRICS_PORT: String(metricsPort) };
const stopPrometheus = await startPrometheus();
const stage = { target: coatcheck, tokenSeconds: TOKEN_SECONDS, people: PEOPLE, workers: 2, environment };
const failures = await onStage(stage, async (playing) => {
  const visitors = await bringVisitors(playing, PEOPLE);
  const endMs = performance.now() + Number(values.seconds) * 1000;
  await Promise.all(
    visitors.map((visitor) => keepCalling(visitor, PAUSE_MS, () => performance.now() < endMs)),
  );
  await sleep(4_000);
  const empty: string[] = [];
  for (const { panel, expression } of dashboardQueries(VARIABLES)) {
    const series = await count(expression);
    console.log(`${String(series).padStart(4)} series  ${panel}: ${expression}`);
    if (series === 0) empty.push(panel);
  }
  const { groups } = await ask<{
    readonly groups: readonly {
      readonly rules: readonly { readonly name: string; readonly health: string; readonly state: string }[];
    }[];
  }>("rules");
  const rules = groups.flatMap((group) => group.rules);
  for (const { name, health, state } of rules)
    console.log(`${health.padStart(4)} ${state.padEnd(9)} ${name}`);
  return [
    ...empty,
    ...rules.filter(({ health, state }) => health !== "ok" || state !== "inactive").map(({ name }) => name),
  ];
});
await stopPrometheus();
await rm(folder, { recursive: true });
console.log(
  failures.length === 0 ? "Every query answers, and no alert fires." : `Not so: ${failures.join(", ")}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
