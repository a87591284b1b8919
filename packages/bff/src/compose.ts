import { createProvider, OAuthError } from "@coatcheck/oauth";
import type { OAuthPorts, Provider } from "@coatcheck/oauth";
import { createBrowserSessions } from "@coatcheck/session";
import type { BrowserSessions } from "@coatcheck/session";
import { BffError } from "./bff-error.ts";
import type { BffConfig } from "./config/bff-config.ts";
import type { BffSettings, ProviderPlan } from "./config/bff-settings.ts";
import { parseBffConfig } from "./config/parse-bff-config.ts";
import { logOAuthEvent } from "./observe/log-oauth-event.ts";
import type { Log } from "./observe/log.ts";
import type { AssemblyPorts } from "./ports.ts";
import { DEFAULT_PROVIDER } from "./providers/provider-path.ts";
import { readPendingSignIn } from "./session/pending-sign-in.ts";
import type { PendingSignIn } from "./session/pending-sign-in.ts";
import { readSessionValue } from "./session/session-value.ts";
import type { SessionValue } from "./session/session-value.ts";

/** A provider's client, before anybody keeps its tokens. */
export type ProviderClient = ProviderPlan & { readonly provider: Provider };

export interface Composed {
  readonly settings: BffSettings;
  readonly clients: readonly [ProviderClient, ...ProviderClient[]];
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
}

/**
 * Checks the whole configuration, and makes what needs it.
 *
 * @param onProviderSuccess told of whatever works at a provider.
 * @throws {BffError} `config_invalid`
 */
export function compose(
  config: BffConfig,
  { log, ...ports }: AssemblyPorts & { readonly log: Log },
  onProviderSuccess: (plan: ProviderPlan) => void,
): Composed {
  const parsed = parseBffConfig(config);
  if (parsed.kind === "invalid") throw new BffError("config_invalid", parsed.problems);
  const { settings } = parsed;
  warnOfOpenRoutes(settings, log);
  const { ledger } = ports;
  if (settings.isListed && !(ledger.outlivesProcess && ledger.indexSession !== undefined)) {
    const fix =
      "remove it, or use a ledger that outlives the process and lists sessions: SQLite, Redis, PostgreSQL or a Durable Object";
    throw new BffError("config_invalid", [{ path: "session.isListed", fix }]);
  }
  const { fetch, nowMs, randomBytes, sealer, mac } = ports;
  function createClient(plan: ProviderPlan): ProviderClient {
    const provider = openProvider(plan, {
      fetch,
      nowMs,
      randomBytes,
      log: (event) => logOAuthEvent(event, log),
      onSuccess: () => onProviderSuccess(plan),
    });
    return { ...plan, provider };
  }
  const [first, ...others] = settings.providers;
  const { provider: given } = ports;
  const main = given === undefined ? createClient(first) : { ...first, provider: given };
  const further = others.map(createClient);
  /** As the provider is called in the end, whether configuration or a preset said so. */
  const bound = ({ provider: { issuer, clientId } }: ProviderClient): string =>
    JSON.stringify([settings.publicOrigin, issuer, clientId]);
  const names: ReadonlySet<string> = new Set(others.map(({ name }) => name));
  const sessions = createBrowserSessions<SessionValue, PendingSignIn>(
    {
      cookieKeys: settings.cookieKeys,
      naming: settings.cookieNaming,
      boundTo: bound(main),
      // Keys of its own for each: a process that doesn't know a provider, or knows another one by its name, can't open its sessions.
      owners: Object.fromEntries(further.map((client) => [client.name, bound(client)])),
      ownerOf: ({ provider = "" }) => provider,
      idleTimeoutSeconds: settings.idleTimeoutSeconds,
      absoluteTimeoutSeconds: settings.absoluteTimeoutSeconds,
      persistent: settings.persistent,
      parseValue: readSessionValue,
      parseTransaction: (json) => readPendingSignIn(json, names),
    },
    {
      nowMs,
      randomBytes,
      ...(sealer === undefined ? {} : { sealer }),
      ...(mac === undefined ? {} : { mac }),
    },
  );
  return { settings, sessions, clients: [main, ...further] };
}

/** Allowed, and seldom meant: an API would get tokens of whoever is added. */
function warnOfOpenRoutes({ providers, routes }: BffSettings, log: Log): void {
  if (providers.length === 1) return;
  const open = routes.filter(
    (route) => route.providers === undefined && ["user", "user-or-none"].includes(route.tokenKind),
  );
  if (open.length === 0) return;
  log({
    level: "warn",
    event: "route_of_all_providers",
    routes: open.map(({ target }) => target.prefix).join(", "),
    advice: `name in the route's providers whose tokens its API may see: some or all of ${providers.map(({ name }) => name).join(", ")}.`,
  });
}

/** What only this runtime and this moment can say of the configuration: whether its certificate can be shown. */
function openProvider({ name, config }: ProviderPlan, ports: OAuthPorts): Provider {
  try {
    return createProvider(config, ports);
  } catch (error) {
    if (!(error instanceof OAuthError) || error.code !== "config_invalid") throw error;
    const place = name === DEFAULT_PROVIDER ? "provider" : `providers.${name}`;
    const problems = error.problems.map(({ field, fix }) => ({ path: `${place}.${field}`, fix }));
    throw new BffError("config_invalid", problems);
  }
}
