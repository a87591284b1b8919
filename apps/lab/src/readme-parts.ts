import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BFF_SCHEMA, isSetting, type Group, type Setting } from "@coatcheck/bff/config";
import { LOG_EVENTS } from "@coatcheck/bff";
import { renderChecks, renderDeeds, renderFigures, renderProjections } from "./scale/render-scale.ts";
import { readScaleFigures, type ScaleFigures } from "./scale/scale-figures.ts";
import { readClaims, type Claims } from "./torture/matrix/claims-file.ts";
import {
  renderAnsweredCalls,
  renderClaimsRun,
  renderLostSessions,
  renderShortClaims,
  renderTroubles,
} from "./torture/matrix/render-claims.ts";
import { renderConformance, type Conformance } from "./conformance/conformance.ts";
import { METRICS, PROCESS_EVENTS, VARIABLES } from "@coatcheck/server";

/** All documents, by their paths from the root; those of an app's template are its own. */
export function findDocuments(repositoryRoot: string): readonly string[] {
  const patterns = ["*.md", "docs/**/*.md", "apps/docs/*.md", "packages/*/README.md"];
  return globSync(patterns, { cwd: repositoryRoot }).map((path) => path.replaceAll("\\", "/"));
}

/** What `pnpm torture --matrix` has found, cell by cell. */
const CLAIMS = "docs/claims.json";
/** What `pnpm scale` was fed with. */
const SCALE = "docs/scale.json";
/** What `pnpm conformance` has found. */
const CONFORMANCE = "docs/conformance.json";

const TABLES: Readonly<Record<string, (repositoryRoot: string) => string>> = {
  environment: renderVariables,
  "api-routes": renderApiRoute,
  "log-events": renderLogEvents,
  metrics: renderMetrics,
  "claims-run": (root) => renderClaimsRun(claimsOf(root)),
  "claims-lost": (root) => renderLostSessions(claimsOf(root)),
  "claims-short": (root) => renderShortClaims(claimsOf(root)),
  "claims-calls": (root) => renderAnsweredCalls(claimsOf(root)),
  "claims-troubles": renderTroubles,
  "scale-deeds": (root) => renderDeeds(scaleOf(root)),
  "scale-figures": (root) => renderFigures(scaleOf(root)),
  "scale-redis": (root) => renderProjections(scaleOf(root), "redis"),
  "scale-postgres": (root) => renderProjections(scaleOf(root), "postgres"),
  "scale-checks": (root) => renderChecks(scaleOf(root)),
  conformance: (root) =>
    renderConformance(JSON.parse(readFileSync(join(root, CONFORMANCE), "utf8")) as Conformance),
};

/** A document with its generated parts made anew: tables made of the code, and the examples that are type-checked. */
export function fillInDocument(text: string, repositoryRoot: string): string {
  return text
    .replaceAll(
      /(<!-- ([a-z-]+):begin -->\n)[\s\S]*?(<!-- \2:end -->)/g,
      (whole, begin: string, name: string, end: string) => {
        const render = TABLES[name];
        return render === undefined ? whole : `${begin}${render(repositoryRoot)}${end}`;
      },
    )
    .replaceAll(
      /(<!-- example:(\S+) -->\n```\w+\n)[\s\S]*?(^```)/gm,
      (_whole, begin: string, path: string, end: string) =>
        `${begin}${readFileSync(join(repositoryRoot, path), "utf8")}${end}`,
    );
}

function scaleOf(repositoryRoot: string): ScaleFigures {
  return readScaleFigures(join(repositoryRoot, SCALE));
}

function claimsOf(repositoryRoot: string): Claims {
  const claims = readClaims(join(repositoryRoot, CLAIMS));
  if (claims === undefined) throw new Error(`${CLAIMS} isn't there.`);
  return claims;
}

function renderVariables(): string {
  const rows = VARIABLES.map(({ name, setting, unit }) => renderRow(name, setting, unit));
  return `| Variable | Meaning | Values | Default |\n|---|---|---|---|\n${rows.join("")}`;
}

function renderApiRoute(): string {
  const rows = renderGroup(BFF_SCHEMA.routes[0], "");
  return `| Field | Meaning | Values | Default |\n|---|---|---|---|\n${rows.join("")}`;
}

function renderLogEvents(): string {
  const rows = Object.entries({ ...LOG_EVENTS, ...PROCESS_EVENTS });
  return `| Event | What it says |\n|---|---|\n${rows.map(([name, text]) => `| \`${name}\` | ${text} |\n`).join("")}`;
}

function renderMetrics(): string {
  const rows = Object.entries(METRICS).map(([name, { type, labels, help }]) => {
    const shown = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`coatcheck_${name}\` | ${type} | ${shown} | ${help} |\n`;
  });
  return `| Metric | Type | Labels | What it says |\n|---|---|---|---|\n${rows.join("")}`;
}

function renderGroup(group: Group, prefix: string): readonly string[] {
  return Object.entries(group).flatMap(([name, entry]) =>
    isSetting(entry)
      ? [renderRow(prefix + name, entry, 1)]
      : renderGroup(entry as Group, `${prefix}${name}.`),
  );
}

function renderRow(name: string, setting: Setting, unit: number): string {
  const fallback = "default" in setting ? setting.default : undefined;
  const shown = typeof fallback === "number" ? fallback / unit : fallback;
  const text = shown === undefined ? "" : String(shown);
  return `| \`${name}\` | ${setting.meaning} | ${describeValues(setting, unit)} | ${text === "" ? "" : `\`${text}\``} |\n`;
}

function describeValues(setting: Setting, unit: number): string {
  switch (setting.kind) {
    case "number":
      return `${Math.ceil(setting.min / unit)} to ${Math.floor(setting.max / unit)}`;
    case "flag":
      return "`true`, `false`";
    case "choice":
      return setting.choices.map((choice) => `\`${choice}\``).join(", ");
    case "choices":
      return `some of ${setting.choices.join(", ")}`;
    case "list":
    case "secrets":
      return "a list";
    case "pairs":
      return "`name=text&name=text`";
    default:
      return "";
  }
}
