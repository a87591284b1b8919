import type { ProviderConfigProblem } from "../setup/provider-config.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/** Stand for many tenants: the issuer of a token has the tenant's own id in their place. */
const MANY_TENANTS = /^\/(?:common|organizations)\/v2\.0$/;
const TENANT_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const ONE_TENANT = /^\/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\/v2\.0$/;
const PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const WORK_HOSTS = /^login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn|chinacloudapi\.cn)$/;
const OTHER_HOSTS = /^(?:sts\.windows\.net|[\w-]+\.ciamlogin\.com|[\w-]+\.b2clogin\.com)$/;

/**
 * Microsoft Entra ID, External ID and Azure AD B2C; as `oidc`, too, told by their issuer. By Microsoft's documentation, not tried against it.
 *
 * A prompt for consent overrides an administrator's consent for everybody and locks people out who may not consent
 * themselves; `offline_access` needs none here. A spent refresh token isn't revoked.
 *
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens
 */
export const entraPreset: Preset = {
  ...oidcPreset,
  name: "entra",
  scope: "openid profile email offline_access",
  clientAuth: "client_secret_post",
  asksConsent: "never",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    reuseGraceSeconds: 3_600,
    missingRefreshTokenAdvice: "Add offline_access to OAUTH_SCOPE.",
  },
  manyTenants(issuer) {
    const url = URL.parse(issuer);
    if (url === null || !MANY_TENANTS.test(url.pathname)) return undefined;
    return {
      metadataIssuer: `${url.origin}/{tenantid}/v2.0`,
      issuerOf: (tenant) => `${url.origin}/${tenant}/v2.0`,
    };
  },
  configProblems({ issuer = "", resources, allowedTenants = [] }) {
    const problems: ProviderConfigProblem[] = [];
    const add = (field: string, fix: string) => void problems.push({ field, fix });
    const { hostname, pathname } = new URL(issuer);
    const isForMany = MANY_TENANTS.test(pathname);
    if (WORK_HOSTS.test(hostname) && !isForMany && !ONE_TENANT.test(pathname)) {
      add(
        "issuer",
        `write https://${hostname}/<tenant id>/v2.0 with the id and not the name (for personal accounts ${PERSONAL_ACCOUNTS}), or organizations or common with allowedTenants.`,
      );
    }
    if (isForMany && (allowedTenants.length === 0 || !allowedTenants.every((id) => TENANT_ID.test(id))))
      add(
        "allowedTenants",
        "list the ids of the tenants whose people may sign in, in lower case: nobody else's may.",
      );
    if (!isForMany && allowedTenants.length > 0)
      add("allowedTenants", "remove it: the issuer is that of one tenant.");
    if (resources.length > 0)
      add(
        "resources",
        "leave the list empty and ask by scope (api://<app id>/read): version 2.0 knows no resource indicators.",
      );
    return problems;
  },
};

export function isEntraIssuer(issuer: URL): boolean {
  return WORK_HOSTS.test(issuer.hostname) || OTHER_HOSTS.test(issuer.hostname);
}
