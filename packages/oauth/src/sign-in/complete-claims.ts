import { userinfo } from "../access-token/userinfo.ts";
import type { UserinfoDependencies, UserinfoRequest } from "../access-token/userinfo.ts";
import { isSet, isSignInClaim } from "../jwt/id-token-claims.ts";
import type { IdTokenClaims } from "../jwt/id-token-claims.ts";

/**
 * Adds what UserInfo says of the person and the ID token doesn't; nothing of it changes who signed in, how or when.
 *
 * A UserInfo that fails or is about somebody else costs the page a name and nobody the sign-in.
 */
export async function completeClaims(
  claims: IdTokenClaims,
  token: Pick<UserinfoRequest, "accessToken" | "dpopKey">,
  { settings, metadata, keys, startExchange, ports }: UserinfoDependencies,
): Promise<IdTokenClaims> {
  const { userinfoAtSignIn } = settings;
  if (userinfoAtSignIn === "never" || (userinfoAtSignIn === "when-needed" && isSet(claims["name"])))
    return claims;
  const known = await metadata.get();
  if (known.kind === "failed" || known.value.userinfo_endpoint === undefined) return claims;

  const request = { ...token, sub: claims.sub };
  const outcome = await userinfo(request, { settings, metadata, keys, startExchange, ports });
  if (outcome.kind !== "profile") {
    const reason = outcome.kind === "refused" ? outcome.reason : outcome.kind;
    ports.log?.({ event: "userinfo_left_out", issuer: settings.issuer, reason });
    return claims;
  }
  const said = Object.entries(outcome.profile).filter(([name]) => !isSignInClaim(name));
  const own = Object.entries(claims).filter(([, value]) => isSet(value));
  return { ...claims, ...Object.fromEntries(said), ...Object.fromEntries(own) };
}
