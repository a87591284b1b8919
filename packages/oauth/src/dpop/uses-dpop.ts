import type { OAuthPorts } from "../oauth-ports.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { DPOP_ALGORITHM } from "./dpop-key.ts";

/** Whether tokens are to be bound to a key at this provider. */
export function usesDpop({ dpop }: Pick<ProviderSettings, "dpop">, metadata: ProviderMetadata): boolean {
  if (dpop !== "offered") return dpop === "required";
  return metadata.dpop_signing_alg_values_supported?.includes(DPOP_ALGORITHM) === true;
}

/** Says that tokens were to be bound, and aren't. */
export function reportIgnoredDpop(
  { issuer }: Pick<ProviderSettings, "issuer">,
  { log }: Pick<OAuthPorts, "log">,
): void {
  log?.({ event: "dpop_ignored", issuer });
}
