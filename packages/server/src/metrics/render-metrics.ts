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

/** Which text: Prometheus' own, or OpenMetrics, which can name traces. */
export type MetricsFormat = "prometheus" | "openmetrics";

/** What a client accepts, as its header says. */
export function metricsFormat(accept: string | undefined): MetricsFormat {
  return accept?.includes("application/openmetrics-text") === true ? "openmetrics" : "prometheus";
}

export const METRICS_CONTENT_TYPE = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
} as const satisfies Readonly<Record<MetricsFormat, string>>;

function renderHistogram(
  name: string,
  labels: string,
  { buckets, count, sumSeconds, exemplars = {} }: Histogram,
  format: MetricsFormat,
): readonly string[] {
  let seen = 0;
  const bounds = [...BUCKETS_SECONDS, "+Inf"];
  const lines = bounds.map((bound, index) => {
    seen += buckets[index] ?? 0;
    const line = sample(`${name}_bucket`, [labels, `le="${bound}"`], bound === "+Inf" ? count : seen);
    const exemplar = format === "openmetrics" ? exemplars[index] : undefined;
    if (exemplar === undefined) return line;
    return `${line} # {trace_id="${exemplar.traceId}"} ${exemplar.valueSeconds} ${exemplar.atSeconds}`;
  });
  return [...lines, sample(`${name}_sum`, [labels], sumSeconds), sample(`${name}_count`, [labels], count)];
}

/** Renders in a text format that Prometheus and its kin read. */
export function renderMetrics(
  { counters, gauges, histograms }: MetricsSnapshot,
  format: MetricsFormat = "prometheus",
): string {
  const families = new Map<string, string[]>();
  const add = (name: string, lines: readonly string[]): void => {
    // A worker of an older version, while workers are replaced, may count what this process doesn't know.
    if (!Object.hasOwn(METRICS, name)) return;
    const { help, type } = METRICS[name as MetricName];
    // OpenMetrics names a counter without what its samples end with.
    const described = PREFIX + (format === "openmetrics" ? name.replace(/_total$/u, "") : name);
    const family = families.get(name) ?? [`# HELP ${described} ${help}`, `# TYPE ${described} ${type}`];
    families.set(name, [...family, ...lines]);
  };
  for (const [key, value] of [...Object.entries(counters), ...Object.entries(gauges)]) {
    const { name, labels } = split(key);
    add(name, [sample(name, [labels], value)]);
  }
  for (const [key, value] of Object.entries(histograms)) {
    const { name, labels } = split(key);
    add(name, renderHistogram(name, labels, value, format));
  }
  const names = [...families.keys()].toSorted();
  const text = names.map((name) => `${(families.get(name) ?? []).join("\n")}\n`).join("");
  return format === "openmetrics" ? `${text}# EOF\n` : text;
}
