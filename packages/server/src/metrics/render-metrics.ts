import { METRICS, type MetricName } from "./metrics-table.ts";
import { BUCKETS_SECONDS, type Histogram, type MetricsSnapshot } from "./metrics-snapshot.ts";

const PREFIX = "coatcheck_";

/** Splits `name{label="value"}`. */
function split(key: string): { readonly name: string; readonly labels: string } {
  const brace = key.indexOf("{");
  return brace === -1
    ? { name: key, labels: "" }
    : { name: key.slice(0, brace), labels: key.slice(brace + 1, -1) };
}

function sample(name: string, labels: readonly string[], value: number): string {
  const shown = labels.filter((label) => label !== "").join(",");
  return `${PREFIX}${name}${shown === "" ? "" : `{${shown}}`} ${value}`;
}

function renderHistogram(name: string, labels: string, histogram: Histogram): readonly string[] {
  let seen = 0;
  const buckets = BUCKETS_SECONDS.map((bound, index) => {
    seen += histogram.buckets[index] ?? 0;
    return sample(`${name}_bucket`, [labels, `le="${bound}"`], seen);
  });
  return [
    ...buckets,
    sample(`${name}_bucket`, [labels, `le="+Inf"`], histogram.count),
    sample(`${name}_sum`, [labels], histogram.sumSeconds),
    sample(`${name}_count`, [labels], histogram.count),
  ];
}

/** Renders in the text format that Prometheus and its kin read. */
export function renderMetrics({ counters, gauges, histograms }: MetricsSnapshot): string {
  const families = new Map<string, string[]>();
  const add = (name: string, lines: readonly string[]): void => {
    // A worker of an older version, while workers are replaced, may count what this process doesn't know.
    if (!Object.hasOwn(METRICS, name)) return;
    const { help, type } = METRICS[name as MetricName];
    const family = families.get(name) ?? [
      `# HELP ${PREFIX}${name} ${help}`,
      `# TYPE ${PREFIX}${name} ${type}`,
    ];
    families.set(name, [...family, ...lines]);
  };
  for (const [key, value] of [...Object.entries(counters), ...Object.entries(gauges)]) {
    const { name, labels } = split(key);
    add(name, [sample(name, [labels], value)]);
  }
  for (const [key, value] of Object.entries(histograms)) {
    const { name, labels } = split(key);
    add(name, renderHistogram(name, labels, value));
  }
  const names = [...families.keys()].toSorted();
  return names.map((name) => `${(families.get(name) ?? []).join("\n")}\n`).join("");
}
