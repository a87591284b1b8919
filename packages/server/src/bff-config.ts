import type { BffConfig } from "@coatcheck/bff";
import type { Settings } from "./environment/parse-environment.ts";

/** The part of the settings that the BFF is told, with secrets revealed. */
export function toBffConfig(settings: Settings): BffConfig {
  const { provider, session, refresh, timeouts, userClaims } = settings;
  const { authorization, token, jwks } = provider.endpoints;
  const isByHand = authorization !== undefined && token !== undefined && jwks !== undefined;
  return {
    publicOrigin: settings.publicOrigin,
    cookieKeys: settings.cookieKeys.map((key) => key.reveal()),
    provider: {
      preset: provider.preset,
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: provider.clientSecret.reveal(),
      ...(provider.clientAuth === undefined ? {} : { clientAuth: provider.clientAuth }),
      scope: provider.scope,
      endpoints: provider.endpoints,
      discovery: !isByHand,
      requestTimeoutMs: timeouts.providerSeconds * 1000,
      tokenTimeoutMs: timeouts.tokenSeconds * 1000,
    },
    routes: settings.apiRoutes.map((route) => ({
      connectTimeoutMs: timeouts.upstreamConnectSeconds * 1000,
      headersTimeoutMs: timeouts.upstreamHeadersSeconds * 1000,
      idleTimeoutMs: timeouts.upstreamIdleSeconds * 1000,
      ...route,
    })),
    session: {
      idleTimeoutSeconds: session.idleSeconds,
      absoluteTimeoutSeconds: session.absoluteSeconds,
      persistence: session.isPersistent ? "persistent" : "browser",
    },
    refresh: {
      window: refresh.hasWindow,
      staleCookieSeconds: refresh.staleCookieSeconds,
      onStaleCookie: refresh.onStaleCookie,
      ledgerDown: settings.ledgerDown,
    },
    ...(userClaims === undefined ? {} : { userClaims }),
    trustedProxies: settings.trustedProxies,
    ...(settings.dangerouslyAllowHttp ? { dangerouslyAllowHttp: "loopback" as const } : {}),
  };
}
