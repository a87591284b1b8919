import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";

export const DEPLOY_FOLDER = join(repositoryRoot, "packages/server/deploy");
export const RULES_FILE = join(DEPLOY_FOLDER, "prometheus/coatcheck.rules.yml");

/** One query of a panel. */
export interface DashboardQuery {
  readonly panel: string;
  readonly expression: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** The queries of the dashboard, with what its reader would choose. @param variables by name, without `$` */
export function dashboardQueries(variables: Readonly<Record<string, string>>): readonly DashboardQuery[] {
  const text = readFileSync(join(DEPLOY_FOLDER, "grafana/coatcheck.json"), "utf8");
  const { panels } = JSON.parse(text) as { readonly panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expression: expr.replaceAll(/\$(\w+)/gu, (whole, name: string) => variables[name] ?? whole),
    })),
  );
}
