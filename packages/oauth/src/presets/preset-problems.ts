import type { ProviderConfig, ProviderConfigProblem } from "../setup/provider-config.ts";
import type { Preset } from "./preset.ts";

/** What one preset alone knows, and this one doesn't. */
export function otherPresetsProblems(
  { allowedTenants = [], apple }: ProviderConfig,
  preset: Preset,
): readonly ProviderConfigProblem[] {
  const hasApple = apple?.teamId !== undefined || apple?.keyId !== undefined;
  return [
    ...(allowedTenants.length > 0 && preset.manyTenants === undefined
      ? [{ field: "allowedTenants", fix: "remove it, or set the preset entra." }]
      : []),
    ...(hasApple && !preset.signsSecret
      ? [{ field: "apple", fix: "remove it, or set the preset apple." }]
      : []),
  ];
}

/**
 * What contradicts what is known of the provider. Whoever is known by the issuer alone isn't held to the preset's rules, but where
 * nothing would work without them.
 */
export function ownPresetProblems(config: ProviderConfig, preset: Preset): readonly ProviderConfigProblem[] {
  const isForMany = preset.manyTenants?.(config.issuer ?? "") !== undefined;
  return preset.name === config.preset || isForMany ? preset.configProblems(config) : [];
}
