import { isLoopbackHost } from "@coatcheck/contract";
import { createTarget } from "@coatcheck/proxy";
import { parseSessionConfig } from "@coatcheck/session";
import type { CookieNaming } from "@coatcheck/session";
import type { ConfigProblem } from "../bff-error.ts";
import { parseIpRange } from "../request/ip-address.ts";
import type { IpRange } from "../request/ip-address.ts";
import { BFF_SCHEMA } from "./bff-config.ts";
import type { BffConfig } from "./bff-config.ts";
import type { ApiRouteSettings, BffSettings } from "./bff-settings.ts";
import { collect } from "./collect-problems.ts";
import type { Add, FilledConfig } from "./collect-problems.ts";
import { parseProviders } from "./parse-providers.ts";
import { readConfig } from "./read-config.ts";
import { proofProblem, upstreamCertificate } from "./token-proof.ts";
import { revealSecret } from "./secret.ts";

export type ParsedBffConfig =
  | { readonly kind: "ok"; readonly settings: BffSettings }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

const NO_ORIGIN = new URL("https://public-origin.invalid");

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
  const planned = parseProviders(filled, origin.origin, add);
  const [first, ...others] = planned;
  const routes = parseRoutes(filled, planned, add);
  const trustedProxies = parseProxies(filled.trustedProxies, add);
  if (problems.length > 0) return { kind: "invalid", problems };
  const settings: BffSettings = {
    publicOrigin: origin.origin,
    basePath: filled.basePath ?? "",
    cookieKeys,
    cookieNaming: {
      ...cookieNaming(origin),
      ...(filled.basePath === undefined ? {} : { basePath: filled.basePath }),
    },
    providers: [first.plan, ...others.map(({ plan }) => plan)],
    chooseProvider: filled.chooseProvider,
    thirdPartyLogin: filled.thirdPartyLogin,
    routes,
    limits: filled.limits,
    ...session,
    ...refresh,
    userClaims,
    page: filled.page,
    trustedProxies,
  };
  return { kind: "ok", settings: Object.freeze(settings) };
}

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

function parseRoutes(
  { routes }: Pick<FilledConfig, "routes">,
  planned: ReturnType<typeof parseProviders>,
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
      exchange,
      scopes,
      maxAgeSeconds,
      providers: ofProviders,
      websocket,
      socketIdleTimeoutMs,
      socketPingMs,
      ...targetConfig
    } = route;
    const path = `routes[${index}]`;
    const upstreamOrigin = URL.parse(route.upstream)?.origin;
    const sibling = routes.findIndex((other) => URL.parse(other.upstream)?.origin === upstreamOrigin);
    for (const shared of ["limits", "circuit"] as const)
      if (JSON.stringify(routes[sibling]?.[shared]) !== JSON.stringify(route[shared]))
        add(
          `${path}.${shared}`,
          `write the same as in routes[${sibling}]: both lead to one origin, whose calls are counted together`,
        );
    if (prefixes.indexOf(route.prefix) !== index) add(`${path}.prefix`, "name each prefix once");
    const demands = { scopes, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) };
    if (tokenKind !== "user" && maxAgeSeconds !== undefined)
      add(`${path}.tokenKind`, 'write "user": only of a session can a recent sign-in be demanded');
    if (["none", "user-or-none"].includes(tokenKind) && scopes.length > 0)
      add(`${path}.tokenKind`, 'write "user": only of a token that must be there can scopes be demanded');
    if (tokenKind !== "user" && websocket)
      add(`${path}.tokenKind`, 'write "user": a WebSocket needs a session, and ends with it');
    const isExchanged = Object.keys(exchange).length > 0;
    if (isExchanged && !["user", "user-or-none"].includes(tokenKind))
      add(`${path}.tokenKind`, 'write "user": only a person\'s token can be exchanged');
    const named = planned.filter(({ plan }) => ofProviders?.includes(plan.name) ?? true);
    const known = planned.map(({ plan }) => plan.name);
    if (named.length === 0 || ofProviders?.some((name) => !known.includes(name)) === true)
      add(`${path}.providers`, `list some of ${known.join(", ")}`);
    if (maxAgeSeconds !== undefined && named.some(({ checked }) => checked?.profileClaims !== undefined))
      add(`${path}.maxAgeSeconds`, "remove it: a plain OAuth provider doesn't say when a person signed in");
    // A slash at the end says nothing: people copy base URLs with it.
    const upstream = targetConfig.upstream.replace(/\/+$/u, "");
    const call = { tokenKind, tokenProof, upstream };
    for (const { checked } of named) {
      const proof = proofProblem(call, checked);
      if (proof !== undefined) add(`${path}.${proof.field}`, proof.fix);
    }
    const certificates = named.flatMap(({ plan }) => plan.boundCertificate ?? []);
    const certificate = upstreamCertificate(call, certificates[0]);
    const isOne = certificates.every(({ cert }) => cert === certificates[0]?.cert);
    if (certificate.clientCertificate !== undefined && !isOne)
      add(
        `${path}.providers`,
        "list one: tokens of these are bound to different certificates, and a connection shows one",
      );
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
        ...(ofProviders === undefined ? {} : { providers: ofProviders }),
        ...(isExchanged ? { exchange } : {}),
        allowsDownloads: exemptions.downloads,
        ...(websocket
          ? {
              socket: {
                idleTimeoutMs: socketIdleTimeoutMs,
                pingEveryMs: socketPingMs,
                maxMessageBytes: targetConfig.maxMessageBytes,
              },
            }
          : {}),
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
