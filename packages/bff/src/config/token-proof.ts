import type { ProviderConfig } from "@coatcheck/oauth";
import type { UpstreamCertificate } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "./bff-settings.ts";

interface Call extends Pick<ApiRouteSettings, "tokenKind" | "tokenProof"> {
  readonly upstream: string;
}

type Binding = Pick<ProviderConfig, "dpop" | "certificateBoundTokens">;

/** What keeps a route from what its API wants beside the token. @param provider with its defaults, if it can be used */
export function proofProblem(
  { tokenKind, tokenProof, upstream }: Call,
  provider: Binding | undefined,
): { readonly field: "tokenKind" | "tokenProof" | "upstream"; readonly fix: string } | undefined {
  if (tokenProof !== "dpop" && tokenProof !== "certificate") return undefined;
  if (tokenKind === "none")
    return { field: "tokenKind", fix: 'write "user": where no token goes, none can be bound to anything' };
  if (tokenProof === "certificate" && upstream.startsWith("http:"))
    return { field: "upstream", fix: "write an https URL: a certificate is shown on no other connection" };
  if (provider === undefined) return undefined;
  if (tokenProof === "dpop" && provider.dpop === "never")
    return {
      field: "tokenProof",
      fix: 'remove it, or set `provider.dpop` to "required" so that tokens are bound to a key',
    };
  if (tokenProof === "certificate" && provider.certificateBoundTokens !== true)
    return {
      field: "tokenProof",
      fix: 'remove it, or set `provider.certificateBoundTokens` to "true" so that tokens are bound to a certificate',
    };
  return undefined;
}

/** What an API may ask for on its connection. @param bound the certificate that tokens are bound to, if they are */
export function upstreamCertificate(
  { tokenKind, tokenProof, upstream }: Call,
  bound: UpstreamCertificate | undefined,
): { readonly clientCertificate?: UpstreamCertificate } {
  const isWanted = tokenProof === "as-issued" || tokenProof === "certificate";
  const isPossible = tokenKind !== "none" && upstream.startsWith("https:");
  return isWanted && isPossible && bound !== undefined ? { clientCertificate: bound } : {};
}
