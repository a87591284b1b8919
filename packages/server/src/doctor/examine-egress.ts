import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { IGNORED_PROXY_ADVICE, ignoredProxyVariables } from "../environment/ignored-proxy.ts";
import type { DoctorFinding } from "./examine.ts";

/** A note on how calls leave the network, where other programs are told otherwise. */
export function examineEgress(environment: EnvironmentRecord): readonly DoctorFinding[] {
  const variables = ignoredProxyVariables(environment);
  if (variables.length === 0) return [];
  const problem = `Calls to the provider and to APIs go directly, whatever stands in ${variables.join(" and ")}.`;
  return [{ about: "egress", problem, fix: IGNORED_PROXY_ADVICE, isNote: true }];
}
