import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { METRICS } from "@coatcheck/server";
import { describe, expect, it } from "vitest";
import { dashboardQueries, RULES_FILE } from "./dashboard-queries.ts";

type Metrics = Readonly<Record<string, { readonly type: string; readonly labels: readonly string[] }>>;

/** What isn't so of an expression: a metric that nobody counts, or a label that it hasn't. */
function strangeIn(expression: string): readonly string[] {
  const known: Metrics = METRICS;
  return [...expression.matchAll(/coatcheck_(\w+)(?:\{([^}]*)\})?/gu)].flatMap(
    ([, name = "", selector = ""]) => {
      const histogram = known[name.replace(/_(?:bucket|sum|count)$/u, "")];
      const metric = known[name] ?? (histogram?.type === "histogram" ? histogram : undefined);
      if (metric === undefined) return [name];
      const labels = [...selector.matchAll(/(\w+)[=!]/gu)].map(([, label = ""]) => label);
      return labels.filter((label) => !["job", "instance", ...metric.labels].includes(label));
    },
  );
}

const rules = readFileSync(RULES_FILE, "utf8");
const alerts = rules.split("- alert: ").slice(1);

describe("the dashboard", () => {
  const queries = dashboardQueries({ job: "bff", __rate_interval: "1m" });

  it("asks for metrics that are counted, by labels that they have", () => {
    expect(queries.length).toBeGreaterThan(15);
    expect(queries.filter(({ expression }) => strangeIn(expression).length > 0)).toEqual([]);
  });

  it("leaves no metric out", () => {
    const text = queries.map(({ expression }) => expression).join("\n");
    expect(Object.keys(METRICS).filter((name) => !text.includes(`coatcheck_${name}`))).toEqual([]);
  });

  it("asks for nothing that its reader can't choose", () => {
    expect(queries.filter(({ expression }) => expression.includes("$"))).toEqual([]);
  });
});

describe("the alerts", () => {
  it("are about metrics that are counted, by labels that they have", () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(alerts.flatMap(strangeIn)).toEqual([]);
  });

  it.skipIf(spawnSync("promtool", ["--version"]).status !== 0)(
    "fire when they should, as Prometheus reads them",
    () => {
      const check = spawnSync("promtool", ["check", "rules", RULES_FILE], { encoding: "utf8" });
      const test = spawnSync(
        "promtool",
        ["test", "rules", RULES_FILE.replace("rules.yml", "rules.test.yml")],
        {
          encoding: "utf8",
        },
      );
      expect([check.status, test.status, test.stderr]).toEqual([0, 0, ""]);
    },
  );
});
