/** How one ledger did in the conformance suite. */
export interface ConformanceRow {
  /** As its test calls it. */
  readonly ledger: string;
  readonly passed: number;
  readonly failed: number;
  /** What can't be asked of it, such as to be damaged. */
  readonly skipped: number;
  /** Tests by the part of the suite that they are of. */
  readonly parts: Readonly<Record<string, number>>;
}

/** All ledgers that were here. */
export interface Conformance {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly node: string;
  readonly rows: readonly ConformanceRow[];
}

/** What this needs of a report in JSON by Vitest. */
export interface TestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly status: string;
    }[];
  }[];
}

const SUITE = "ledger: ";
const REST = "the port as a whole";

/** A row for each ledger that the suite was run on; none for one that isn't here. */
export function readConformance({ testResults }: TestReport): readonly ConformanceRow[] {
  const rows = new Map<string, Counted>();
  for (const { ancestorTitles, status } of testResults.flatMap((file) => file.assertionResults)) {
    const depth = ancestorTitles.findIndex((title) => title.startsWith(SUITE));
    if (depth < 0) continue;
    const place = ancestorTitles.slice(0, depth).join(", ");
    const ledger = (ancestorTitles[depth] ?? "").slice(SUITE.length);
    const row = rows.get(`${place}: ${ledger}`) ?? {
      place,
      ledger,
      passed: 0,
      failed: 0,
      skipped: 0,
      parts: {},
    };
    rows.set(`${place}: ${ledger}`, row);
    if (status === "passed") row.passed += 1;
    else if (status === "failed") row.failed += 1;
    else row.skipped += 1;
    const part = ancestorTitles[depth + 1] ?? REST;
    row.parts[part] = (row.parts[part] ?? 0) + 1;
  }
  const here = [...rows.values()].filter(({ passed, failed }) => passed + failed > 0);
  return here.map(({ place, ledger, passed, failed, skipped, parts }) => {
    const isAlone = here.filter((row) => row.ledger === ledger).length === 1;
    return { ledger: isAlone ? ledger : `${ledger} (${place})`, passed, failed, skipped, parts };
  });
}

interface Counted {
  readonly place: string;
  readonly ledger: string;
  passed: number;
  failed: number;
  skipped: number;
  readonly parts: Record<string, number>;
}

/** One row a ledger, one column a part of the suite. */
export function renderConformance({ day, node, rows }: Conformance): string {
  const parts = [...new Set(rows.flatMap((row) => Object.keys(row.parts)))];
  const lines = rows.map(({ ledger, passed, failed, skipped, parts: own }) => {
    const notes = [
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(skipped > 0 ? [`${skipped} not asked`] : []),
    ];
    const result = notes.length === 0 ? String(passed) : `${passed} (${notes.join(", ")})`;
    return `| ${[ledger, result, ...parts.map((part) => own[part] ?? 0)].join(" | ")} |\n`;
  });
  return (
    `\`pnpm conformance\`, ${day}, Node ${node}.\n\n` +
    `| Ledger | Tests passed | ${parts.join(" | ")} |\n|---|---|${parts.map(() => "---|").join("")}\n${lines.join("")}`
  );
}
