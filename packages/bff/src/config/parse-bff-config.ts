import { BFF_PATHS, isLoopbackHost } from "@coatcheck/contract";
import { authorizationParameterProblems, OAuthError, parseProviderConfig } from "@coatcheck/oauth";
import type { ProviderConfig, ProviderSettings } from "@coatcheck/oauth";
import { createTarget, ProxyError } from "@coatcheck/proxy";
import { parseSessionConfig, SessionError } from "@coatcheck/session";
import type { CookieNaming } from "@coatcheck/session";
import type { ConfigProblem } from "../bff-error.ts";
import { parseIpRange } from "../request/ip-address.ts";
import type { IpRange } from "../request/ip-address.ts";
import { BFF_SCHEMA } from "./bff-config.ts";
import type { BffConfig } from "./bff-config.ts";
import type { ApiRouteSettings, BffSettings } from "./bff-settings.ts";
import { readConfig } from "./read-config.ts";
import { proofProblem, upstreamCertificate } from "./token-proof.ts";
import { revealSecret } from "./secret.ts";
import type { FilledOf } from "./setting.ts";

type FilledConfig = FilledOf<typeof BFF_SCHEMA>;

export type ParsedBffConfig =
  | { readonly kind: "ok"; readonly settings: BffSettings }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/**
 * What any sign-in link may hand to the provider. `audience` and `organization` choose among what the provider lets this client
 * and this person have, which anybody could do in the provider's own address: they keep nobody out.
 */
const LOGIN_PARAMETERS = [
  "audience",
  "domain_hint",
  "kc_idp_hint",
  "login_hint",
  "organization",
  "screen_hint",
  "ui_locales",
] as const;

const NO_ORIGIN = new URL("https://public-origin.invalid");

/** Shorter client secrets, and these words, are samples from a manual. */
const MIN_SECRET_LENGTH = 8;
const SAMPLE_SECRET = /^(?:change.?me|your.*|client.?secret|example.*|password|<.*>|x+|\*+)$/iu;

/** By frozen configuration: a server that has checked one for its own messages hands it to `createBff` unchanged. */
const checked = new WeakMap<BffConfig, ParsedBffConfig>();

/**
 * Checks a configuration, a frozen one once; reports all problems at once, each with its fix.
 *
 * What is here is checked against the schema, and where one setting depends on another. What cookie keys, a provider's and a
 * route's settings mean is checked by the packages whose safety rests on it.
 */
export function parseBffConfig(config: BffConfig): ParsedBffConfig {
  const known = checked.get(config);
  if (known !== undefined) return known;
  const parsed = checkWhole(config);
  if (Object.isFrozen(config)) checked.set(config, parsed);
  return parsed;
}

function checkWhole(config: BffConfig): ParsedBffConfig {
  const { filled, problems: shapeProblems } = readConfig(BFF_SCHEMA, config);
  const problems = [...shapeProblems];
  const add: Add = (path, fix) => {
    // What doesn't fit its schema is missing for those who check further: they are right, and would say it twice.
    if (!shapeProblems.some((problem) => problem.path === path)) problems.push({ path, fix });
  };
  const { session, refresh, userClaims } = filled;
  const origin = checkOrigin(filled, add);
  const cookieKeys = filled.cookieKeys.map(revealSecret);
  collect(
    () => parseSessionConfig({ cookieKeys, ...session }),
    (field, fix) => add(field === "cookieKeys" ? field : `session.${field}`, fix),
  );
  const { loginParameters } = filled.provider;
  for (const { fix } of authorizationParameterProblems("", loginParameters))
    add("provider.loginParameters", fix);
  const provider = providerConfig(filled, origin.origin, add);
  const ofProvider = collect(
    () => parseProviderConfig(provider),
    (field, fix) => add(`provider.${field}`, fix),
  );
  const routes = parseRoutes(filled, ofProvider, add);
  const trustedProxies = parseProxies(filled.trustedProxies, add);
  if (problems.length > 0) return { kind: "invalid", problems };
  const settings: BffSettings = {
    publicOrigin: origin.origin,
    cookieKeys,
    cookieNaming: cookieNaming(origin),
    provider,
    boundCertificate: boundCertificate(ofProvider),
    loginParameters: [
      // What configuration sets for every sign-in, a link changes only where configuration names it.
      ...LOGIN_PARAMETERS.filter((name) => filled.provider.authorizationParameters?.[name] === undefined),
      ...loginParameters,
    ],
    routes,
    ...session,
    ...refresh,
    userClaims,
    page: filled.page,
    trustedProxies,
  };
  return { kind: "ok", settings: Object.freeze(settings) };
}

type Add = (path: string, fix: string) => void;

/** @returns a stand-in for an origin that can't be used, so that what is derived from it isn't a problem of its own. */
function checkOrigin({ publicOrigin: raw, dangerouslyAllowHttp }: FilledConfig, add: Add): URL {
  const url = URL.parse(raw);
  const allowsHttp = dangerouslyAllowHttp === "loopback";
  if (url === null || url.origin !== raw || !["https:", "http:"].includes(url.protocol)) {
    add("publicOrigin", BFF_SCHEMA.publicOrigin.fix);
    return NO_ORIGIN;
  }
  const isLoopback = isLoopbackHost(url.hostname);
  if (allowsHttp && !isLoopback)
    add("dangerouslyAllowHttp", "remove it: `publicOrigin` isn't on this machine");
  if (url.protocol === "https:" || (allowsHttp && isLoopback)) return url;
  add("publicOrigin", 'use https (http on loopback only, with `dangerouslyAllowHttp: "loopback"`)');
  return NO_ORIGIN;
}

function cookieNaming(origin: URL): CookieNaming {
  if (origin.protocol === "http:") return { kind: "loopback", port: Number(origin.port || "80") };
  return origin.port === "" ? { kind: "host" } : { kind: "host", port: Number(origin.port) };
}

function providerConfig(filled: FilledConfig, origin: string, add: Add): ProviderConfig {
  const {
    extraResources,
    loginParameters: _,
    clientSecret: secret,
    clientKeys,
    clientCertificate,
    clientCertificateKey,
    ...provider
  } = filled.provider;
  const clientSecret = secret === undefined ? undefined : revealSecret(secret);
  if (
    clientSecret !== undefined &&
    (clientSecret.length < MIN_SECRET_LENGTH || SAMPLE_SECRET.test(clientSecret))
  ) {
    add("provider.clientSecret", "write the one that the provider gave: this is a sample, or too short");
  }
  const ofRoutes = filled.routes.map(({ resource }) => resource).filter((resource) => resource !== undefined);
  return {
    ...provider,
    security: filled.security,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(clientKeys === undefined ? {} : { clientKeys: revealSecret(clientKeys) }),
    ...(clientCertificate === undefined ? {} : { clientCertificate: revealSecret(clientCertificate) }),
    ...(clientCertificateKey === undefined
      ? {}
      : { clientCertificateKey: revealSecret(clientCertificateKey) }),
    resources: [...new Set([...ofRoutes, ...extraResources])],
    redirectUri: origin + BFF_PATHS.callback,
    postLogoutRedirectUri: `${origin}/`,
    ...(filled.dangerouslyAllowHttp === undefined
      ? {}
      : { dangerouslyAllowHttp: filled.dangerouslyAllowHttp }),
  };
}

function boundCertificate(provider: ProviderSettings | undefined): ProviderSettings["certificate"] {
  return provider?.certificateBoundTokens === true ? provider.certificate : undefined;
}

/** @param provider `undefined`: what it says can't be used, which has been said */
function parseRoutes(
  { routes }: Pick<FilledConfig, "routes">,
  provider: ProviderSettings | undefined,
  add: Add,
): readonly ApiRouteSettings[] {
  const prefixes = routes.map(({ prefix }) => prefix);
  return routes.flatMap((route, index) => {
    const {
      methods,
      resource = "",
      tokenKind,
      tokenProof,
      exemptions,
      scopes,
      maxAgeSeconds,
      ...targetConfig
    } = route;
    const path = `routes[${index}]`;
    if (prefixes.indexOf(route.prefix) !== index) add(`${path}.prefix`, "name each prefix once");
    const demands = { scopes, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) };
    if (tokenKind !== "user" && maxAgeSeconds !== undefined)
      add(`${path}.tokenKind`, 'write "user": only of a session can a recent sign-in be demanded');
    if (["none", "user-or-none"].includes(tokenKind) && scopes.length > 0)
      add(`${path}.tokenKind`, 'write "user": only of a token that must be there can scopes be demanded');
    if (maxAgeSeconds !== undefined && provider?.profileClaims !== undefined)
      add(`${path}.maxAgeSeconds`, "remove it: a plain OAuth provider doesn't say when a person signed in");
    // A slash at the end says nothing: people copy base URLs with it.
    const upstream = targetConfig.upstream.replace(/\/+$/u, "");
    const proof = proofProblem({ tokenKind, tokenProof, upstream }, provider);
    if (proof !== undefined) add(`${path}.${proof.field}`, proof.fix);
    const certificate = upstreamCertificate({ tokenKind, tokenProof, upstream }, boundCertificate(provider));
    const target = collect(
      () => createTarget({ ...targetConfig, ...certificate, upstream }),
      (field, fix) => add(`${path}.${field}`, fix),
    );
    if (target === undefined) return [];
    return [
      {
        target,
        methods,
        resource,
        tokenKind,
        tokenProof,
        allowsDownloads: exemptions.downloads,
        demands,
      },
    ];
  });
}

function parseProxies(proxies: readonly string[], add: Add): readonly IpRange[] {
  return proxies.flatMap((proxy, index) => {
    const range = parseIpRange(proxy);
    // A network of the whole world would believe everybody.
    if (range !== undefined && range.prefixBits > 0) return [range];
    add(`trustedProxies[${index}]`, BFF_SCHEMA.trustedProxies.fix);
    return [];
  });
}

/** Runs another package's check, and hands on its problems. */
function collect<Value>(check: () => Value, add: Add): Value | undefined {
  try {
    return check();
  } catch (error) {
    const isOurs =
      error instanceof OAuthError || error instanceof SessionError || error instanceof ProxyError;
    if (!isOurs || error.code !== "config_invalid") throw error;
    for (const { field, fix } of error.problems) add(field, fix);
    return undefined;
  }
}
