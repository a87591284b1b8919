import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/**
 * Microsoft Entra ID, External ID and Azure AD B2C, told by their issuer. By Microsoft's documentation, not tried against it.
 *
 * A prompt for consent overrides an administrator's consent for everybody and locks people out who may not consent
 * themselves; `offline_access` needs none here.
 */
export const entraPreset: Preset = { ...oidcPreset, name: "entra", asksConsent: "never" };

const HOSTS =
  /^(?:login\.microsoftonline\.(?:com|us)|login\.(?:partner\.microsoftonline|chinacloudapi)\.cn|sts\.windows\.net|[\w-]+\.ciamlogin\.com|[\w-]+\.b2clogin\.com)$/;

export function isEntraIssuer(issuer: URL): boolean {
  return HOSTS.test(issuer.hostname);
}
