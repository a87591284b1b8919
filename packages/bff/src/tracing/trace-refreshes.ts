import type { Provider, RefreshOutcome } from "@coatcheck/oauth";
import type { FreshOutcome, TokenKeeper, TokenVisit } from "@coatcheck/tokens";
import QuickLRU from "quick-lru";
import type { SpanStart, Tracing } from "./tracing.ts";

/** Refreshes that calls may still be waiting for, or find in the ledger. */
const MAX_REFRESHES = 1_000;
const REMEMBERED_MS = 120_000;
const ACCESS_TOKEN: SpanStart = { name: "coatcheck.access_token" };

/**
 * Draws each refresh once, in the trace of the call that began it, and links to it every other call that it served: those
 * that waited, and those whose old cookie found it in the ledger.
 */
export interface RefreshTracer {
  /** @param provider whose token calls are drawn */
  refreshGrant(provider: Pick<Provider, "refreshGrant">): Provider["refreshGrant"];
  keeper(keeper: TokenKeeper): TokenKeeper;
}

export function createRefreshTracer(tracing: Tracing): RefreshTracer {
  /** By the refresh token that was spent: whoever shows it is served by that refresh. */
  const refreshes = new QuickLRU<string, unknown>({ maxSize: MAX_REFRESHES, maxAge: REMEMBERED_MS });

  function ask<Outcome extends FreshOutcome | undefined>(
    { session }: TokenVisit,
    work: () => Promise<Outcome>,
  ): Promise<Outcome> {
    return tracing.part(ACCESS_TOKEN, async (span) => {
      const outcome = await work();
      const how = outcome?.kind === "fresh" ? outcome.how : (outcome?.kind ?? "unchanged");
      span.set({ "coatcheck.refresh.outcome": how });
      if (outcome?.kind !== "fresh") span.fail(how);
      const refresh = refreshes.get(session.grant.refreshToken ?? "");
      if ((how === "joined" || how === "replayed") && refresh !== undefined) span.link(refresh);
      return outcome;
    });
  }

  return {
    refreshGrant: (provider) => (request) => {
      if (!tracing.isDrawn()) return provider.refreshGrant(request);
      return tracing.within({ name: "coatcheck.refresh" }, async (span) => {
        if (span.identity !== undefined) refreshes.set(request.refreshToken, span.identity);
        const outcome: RefreshOutcome = await provider.refreshGrant(request);
        span.set({ "coatcheck.refresh.outcome": outcome.kind });
        if (outcome.kind !== "success") span.fail(outcome.kind);
        return outcome;
      });
    },
    keeper: (keeper) => ({
      ...keeper,
      open(session) {
        const visit = keeper.open(session);
        if (!tracing.isDrawn()) return visit;
        return {
          ...visit,
          ensureFresh: (resource) => ask(visit, () => visit.ensureFresh(resource)),
          refreshNow: (resource) => ask(visit, () => visit.refreshNow(resource)),
          refreshRefused: (resource, used) => ask(visit, () => visit.refreshRefused(resource, used)),
        };
      },
    }),
  };
}
