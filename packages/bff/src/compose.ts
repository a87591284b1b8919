import { createProvider, OAuthError } from "@coatcheck/oauth";
import type { Provider } from "@coatcheck/oauth";
import { createBrowserSessions, SessionError } from "@coatcheck/session";
import type { BrowserSessions } from "@coatcheck/session";
import { BffError } from "./bff-error.ts";
import type { ConfigProblem } from "./bff-error.ts";
import type { BffConfig } from "./config/bff-config.ts";
import type { BffSettings } from "./config/bff-settings.ts";
import { parseBffConfig } from "./config/parse-bff-config.ts";
import type { BffPorts } from "./ports.ts";
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
 * Checks the whole configuration, our part and the parts that the packages check themselves, and makes what needs it.
 *
 * @throws {BffError} `config_invalid`
 */
export function compose(config: BffConfig, ports: BffPorts): Composed {
  const parsed = parseBffConfig(config);
  const { settings } = parsed;
  const problems: ConfigProblem[] = [...parsed.problems];
  const { nowMs, randomBytes } = ports;
  const providerProblems: ConfigProblem[] = [];
  const provider =
    ports.provider ??
    collect(providerProblems, "provider", () =>
      createProvider(settings.provider, {
        fetch: ports.fetch,
        nowMs,
        randomBytes,
        ...(ports.oauthLog === undefined ? {} : { log: ports.oauthLog }),
      }),
    );
  const sessions = collect(problems, "session", () =>
    createBrowserSessions<SessionValue, PendingSignIn>(
      {
        keys: settings.cookieKeys,
        naming: settings.cookieNaming,
        // As the provider is called in the end, whether configuration or a preset said so.
        boundTo: JSON.stringify([settings.publicOrigin, provider?.issuer, provider?.clientId]),
        idleTimeoutSeconds: settings.idleTimeoutSeconds,
        absoluteTimeoutSeconds: settings.absoluteTimeoutSeconds,
        isPersistent: settings.isPersistent,
        openedCookies: settings.openedCookies,
        parseValue: readSessionValue,
        parseTransaction: readPendingSignIn,
      },
      {
        nowMs,
        randomBytes,
        ...(ports.sealer === undefined ? {} : { sealer: ports.sealer }),
        ...(ports.mac === undefined ? {} : { mac: ports.mac }),
      },
    ),
  );
  problems.push(...providerProblems);
  if (problems.length > 0 || sessions === undefined || provider === undefined) {
    throw new BffError("config_invalid", problems);
  }
  return { settings, sessions, provider };
}

function collect<Value>(problems: ConfigProblem[], path: string, make: () => Value): Value | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SessionError || error instanceof OAuthError) || error.code !== "config_invalid")
      throw error;
    problems.push(...error.problems.map((fix) => ({ path, fix })));
    return undefined;
  }
}
