import { createProvider, OAuthError } from "@coatcheck/oauth";
import type { OAuthPorts, Provider, ProviderConfig } from "@coatcheck/oauth";
import { createBrowserSessions } from "@coatcheck/session";
import type { BrowserSessions } from "@coatcheck/session";
import { BffError } from "./bff-error.ts";
import type { BffConfig } from "./config/bff-config.ts";
import type { BffSettings } from "./config/bff-settings.ts";
import { parseBffConfig } from "./config/parse-bff-config.ts";
import { logOAuthEvent } from "./observe/log-oauth-event.ts";
import type { Log } from "./observe/log.ts";
import type { AssemblyPorts } from "./ports.ts";
import { readPendingSignIn } from "./session/pending-sign-in.ts";
import type { PendingSignIn } from "./session/pending-sign-in.ts";
import { readSessionValue } from "./session/session-value.ts";
import type { SessionValue } from "./session/session-value.ts";

export interface Composed {
  readonly settings: BffSettings;
  readonly provider: Provider;
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
}

/**
 * Checks the whole configuration, and makes what needs it.
 *
 * @param onProviderSuccess told of whatever works at the provider.
 * @throws {BffError} `config_invalid`
 */
export function compose(
  config: BffConfig,
  { log, ...ports }: AssemblyPorts & { readonly log: Log },
  onProviderSuccess: () => void,
): Composed {
  const parsed = parseBffConfig(config);
  if (parsed.kind === "invalid") throw new BffError("config_invalid", parsed.problems);
  const { settings } = parsed;
  const { fetch, nowMs, randomBytes, sealer, mac } = ports;
  const provider =
    ports.provider ??
    openProvider(settings.provider, {
      fetch,
      nowMs,
      randomBytes,
      log: (event) => logOAuthEvent(event, log),
      onSuccess: onProviderSuccess,
    });
  const sessions = createBrowserSessions<SessionValue, PendingSignIn>(
    {
      cookieKeys: settings.cookieKeys,
      naming: settings.cookieNaming,
      // As the provider is called in the end, whether configuration or a preset said so.
      boundTo: JSON.stringify([settings.publicOrigin, provider.issuer, provider.clientId]),
      idleTimeoutSeconds: settings.idleTimeoutSeconds,
      absoluteTimeoutSeconds: settings.absoluteTimeoutSeconds,
      persistent: settings.persistent,
      parseValue: readSessionValue,
      parseTransaction: readPendingSignIn,
    },
    {
      nowMs,
      randomBytes,
      ...(sealer === undefined ? {} : { sealer }),
      ...(mac === undefined ? {} : { mac }),
    },
  );
  return { settings, sessions, provider };
}

/** What only this runtime and this moment can say of the configuration: whether its certificate can be shown. */
function openProvider(config: ProviderConfig, ports: OAuthPorts): Provider {
  try {
    return createProvider(config, ports);
  } catch (error) {
    if (!(error instanceof OAuthError) || error.code !== "config_invalid") throw error;
    const problems = error.problems.map(({ field, fix }) => ({ path: `provider.${field}`, fix }));
    throw new BffError("config_invalid", problems);
  }
}
