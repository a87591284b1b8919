import { applePreset } from "./apple.ts";
import { auth0Preset } from "./auth0.ts";
import { authentikPreset } from "./authentik.ts";
import { cognitoPreset, isCognitoIssuer } from "./cognito.ts";
import { entraPreset, isEntraIssuer } from "./entra.ts";
import { githubPreset } from "./github.ts";
import { googlePreset } from "./google.ts";
import { keycloakPreset } from "./keycloak.ts";
import { linkedinPreset } from "./linkedin.ts";
import { oauth2Preset } from "./oauth2.ts";
import { oidcPreset } from "./oidc.ts";
import { oktaPreset } from "./okta.ts";
import type { Preset } from "./preset.ts";
import { zitadelPreset } from "./zitadel.ts";

/** Kinds of providers that configuration can name. */
export const PRESETS = [
  "oidc",
  "oauth2",
  "apple",
  "auth0",
  "authentik",
  "cognito",
  "entra",
  "github",
  "google",
  "keycloak",
  "linkedin",
  "okta",
  "zitadel",
] as const;

export type PresetName = (typeof PRESETS)[number];

const BY_NAME: Readonly<Record<PresetName, Preset>> = {
  oidc: oidcPreset,
  oauth2: oauth2Preset,
  apple: applePreset,
  auth0: auth0Preset,
  authentik: authentikPreset,
  cognito: cognitoPreset,
  entra: entraPreset,
  github: githubPreset,
  google: googlePreset,
  keycloak: keycloakPreset,
  linkedin: linkedinPreset,
  okta: oktaPreset,
  zitadel: zitadelPreset,
};

/** The preset of that name; `oidc` knows Entra and Cognito by their issuers. */
export function findPreset({
  preset,
  issuer: raw,
}: {
  readonly preset: PresetName;
  readonly issuer?: string;
}): Preset {
  const issuer = typeof raw === "string" ? URL.parse(raw) : null;
  if (preset !== "oidc" || issuer === null) return BY_NAME[preset];
  if (isEntraIssuer(issuer)) return entraPreset;
  return isCognitoIssuer(issuer) ? cognitoPreset : oidcPreset;
}
