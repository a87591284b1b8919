import { BFF_PATHS } from "@coatcheck/contract";

/** What the one under `provider` is called, beside the names of `providers`. */
export const DEFAULT_PROVIDER = "default";

/**
 * Where a route of one provider is: the default one's is the path itself, so that nothing changes where there is no other.
 *
 * @see RFC 9700 section 4.4.2: a redirect URI for each provider keeps their answers apart
 */
export function providerPath(path: string, name: string): string {
  return name === DEFAULT_PROVIDER ? path : `${path}/${name}`;
}

/** Where a provider sends people who begin at it. @see OpenID Connect Core section 4 */
export const THIRD_PARTY_LOGIN_PATH = "/bff/third-party-login";

const OF_A_PROVIDER: readonly string[] = [
  BFF_PATHS.login,
  BFF_PATHS.callback,
  BFF_PATHS.backchannelLogout,
  BFF_PATHS.jwks,
];

/** The path whose rules are for a route of one provider, too: limits, guard, who may name another host. */
export function withoutProviderName(path: string): string {
  return OF_A_PROVIDER.find((base) => path.startsWith(`${base}/`)) ?? path;
}
