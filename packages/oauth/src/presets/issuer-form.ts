import type { ProviderConfig, ProviderConfigProblem } from "../setup/provider-config.ts";

/** What is wrong with an issuer at a provider whose issuers have a form. @param form what to write */
export function issuerProblem(
  { issuer = "" }: Pick<ProviderConfig, "issuer">,
  path: RegExp,
  form: string,
): readonly ProviderConfigProblem[] {
  const url = URL.parse(issuer);
  // As written, and not as the platform completes it: issuers are compared to the byte.
  const written = url === null ? "" : issuer.slice(url.origin.length);
  return path.test(written) ? [] : [{ field: "issuer", fix: `write ${form}.` }];
}
