import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { IGNORED_PROXY_ADVICE, ignoredProxyVariables } from "../environment/ignored-proxy.ts";
import type { WriteLog } from "./write-log.ts";

/** Without this, who has a proxy for all that leaves the network would see timeouts alone, and no word of why. */
export function warnOfIgnoredProxy(environment: EnvironmentRecord, log: WriteLog): void {
  const variables = ignoredProxyVariables(environment).join(" ");
  if (variables === "") return;
  log({ level: "warn", event: "egress_proxy_ignored", variables, advice: IGNORED_PROXY_ADVICE });
}
