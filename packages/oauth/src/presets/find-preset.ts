import { cognitoPreset, isCognitoIssuer } from "./cognito.ts";
import { entraPreset, isEntraIssuer } from "./entra.ts";
import { githubPreset } from "./github.ts";
import { googlePreset } from "./google.ts";
import { oauth2Preset } from "./oauth2.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/** Kinds of providers that configuration can name. */
export const PRESETS = ["oidc", "oauth2", "github", "google"] as const;

export type PresetName = (typeof PRESETS)[number];

const BY_NAME: Readonly<Record<PresetName, Preset>> = {
  oidc: oidcPreset,
  oauth2: oauth2Preset,
  github: githubPreset,
  google: googlePreset,
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

/** Whether people sign in without an ID token there, so that nothing but the profile says who they are. */
export function isPlainOAuth(preset: PresetName): boolean {
  return BY_NAME[preset].profileClaims !== undefined;
}
