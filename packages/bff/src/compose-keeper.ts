import type { Provider, RefreshOutcome } from "@coatcheck/oauth";
import { createTokenKeeper } from "@coatcheck/tokens";
import type { RefreshAnswer, TokenKeeper, TokenKeeperOptions } from "@coatcheck/tokens";
import { createTokenKeeperOn } from "@coatcheck/tokens/internal";
import type { BffSettings } from "./config/bff-settings.ts";
import type { ProviderClient } from "./compose.ts";
import { logTokensEvent } from "./observe/log-tokens-event.ts";
import type { Log } from "./observe/log.ts";
import type { Observer } from "./observe/observer.ts";
import type { AssemblyPorts } from "./ports.ts";
import { ofProvider } from "./providers/sign-in-provider.ts";
import { toGranted } from "./session/session-value.ts";
import type { Timers } from "./timers.ts";

/** Makes the keeper of one provider's tokens, and maps between what the provider answers and what it keeps. */
export function composeKeeper(
  settings: BffSettings,
  {
    name,
    config,
    provider,
  }: Pick<ProviderClient, "name" | "config"> & {
    readonly provider: Pick<Provider, "refreshBehaviour" | "refreshGrant" | "revoke">;
  },
  ports: AssemblyPorts & { readonly log: Log; readonly observer: Required<Observer> },
  timers: Timers,
): TokenKeeper {
  const { reuseGraceSeconds, refreshRevokesAccessToken } = provider.refreshBehaviour;
  const named = ofProvider({ name });
  const log: Log =
    named.provider === undefined ? ports.log : (line) => ports.log(Object.assign({}, line, named));
  const options: TokenKeeperOptions = {
    policy: {
      windowRefresh: settings.windowRefresh && !refreshRevokesAccessToken,
      staleCookieSeconds: settings.staleCookieSeconds,
      onStaleCookie: settings.onStaleCookie,
      ledgerDown: settings.ledgerDown,
      idleTimeoutSeconds: settings.idleTimeoutSeconds,
      absoluteTimeoutSeconds: settings.absoluteTimeoutSeconds,
      reuseGraceSeconds,
      tokenTimeoutMs: config.tokenTimeoutMs,
    },
    ledger: ports.ledger,
    refresh: async (request) => toAnswer(await provider.refreshGrant(request)),
    revoke: async (refreshToken) => void (await provider.revoke(refreshToken)),
    observer: (event) => {
      ports.observer.tokens(event);
      logTokensEvent(event, log);
    },
    ports: {
      nowMs: ports.nowMs,
      monotonicMs: ports.monotonicMs,
      randomBytes: ports.randomBytes,
      setTimeout: timers.setTimeout,
      clearTimeout: timers.clearTimeout,
    },
  };
  const { successorCrypto } = ports;
  return successorCrypto === undefined
    ? createTokenKeeper(options)
    : createTokenKeeperOn(successorCrypto, options);
}

function toAnswer(outcome: RefreshOutcome): RefreshAnswer {
  if (outcome.kind !== "success") return outcome;
  return { kind: "success", ...toGranted(outcome.tokens) };
}
