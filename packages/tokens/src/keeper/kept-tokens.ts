import QuickLRU from "quick-lru";
import type { Grant } from "../grant/grant.ts";
import { openTokens, sealTokens, withTokens } from "../grant/sealed-tokens.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import { LEDGER_BRIEF_MS } from "../refresh/ledger-access.ts";
import type { RefreshParts } from "../refresh/refresh-task.ts";
import type { Unavailable } from "./token-keeper.ts";
import type { VisitState } from "./visit-state.ts";

/** The access tokens of sessions whose cookies have no room for them: sealed in the ledger, and for a while in this process. */
export interface KeptTokens {
  /** See `TokenKeeper.keepTokens`. */
  keep(session: SessionRef): Promise<void>;
  /**
   * Puts the kept tokens back into the visit's grant, once a visit.
   *
   * What isn't there any more is as good as expired, and so is what the ledger can't be asked for: both cost a refresh.
   * @returns why a session that can't refresh has to wait for the ledger
   */
  complete(visit: VisitState): Promise<Unavailable | undefined>;
}

/** Some 20 KB each, for the largest ones. */
const MAX_REMEMBERED = 500;

const LEDGER_UNAVAILABLE: Unavailable = {
  kind: "unavailable",
  code: "ledger_unavailable",
  retryAfterSeconds: 5,
};

export function createKeptTokens({ access, crypto }: Pick<RefreshParts, "access" | "crypto">): KeptTokens {
  const remembered = new QuickLRU<string, Grant>({ maxSize: MAX_REMEMBERED });

  function remember(sid: string, grant: Grant): void {
    const known = remembered.get(sid);
    if (known === undefined || known.generation <= grant.generation) remembered.set(sid, grant);
  }

  /** `unknown`: the ledger can't be asked. */
  async function load(session: SessionRef): Promise<Grant["accessTokens"] | "unknown"> {
    const { sid, grant } = session;
    const known = remembered.get(sid);
    const isSame = known?.generation === grant.generation && known.refreshToken === grant.refreshToken;
    if (isSame) return known.accessTokens;
    try {
      const { tokens } = await access.ask(session, (ledger, at) => ledger.read(at, grant.generation), {
        waitMs: LEDGER_BRIEF_MS,
      });
      const opened = tokens === undefined ? undefined : await openTokens(crypto, sid, grant, tokens);
      if (opened === undefined) return {};
      remember(sid, withTokens(grant, opened));
      return opened;
    } catch {
      // The observer knows.
      return "unknown";
    }
  }

  async function restore(visit: VisitState): Promise<Unavailable | undefined> {
    const { session } = visit;
    const loaded = await load(session);
    if (loaded === "unknown" && session.grant.refreshToken === undefined) return LEDGER_UNAVAILABLE;
    const grant = withTokens(session.grant, loaded === "unknown" ? {} : loaded);
    visit.session = { ...session, grant };
    return undefined;
  }

  return {
    async keep(session) {
      const { sid, grant } = session;
      remember(sid, grant);
      const { generation } = grant;
      const sealed = await sealTokens(crypto, sid, grant);
      const waiting = { waitMs: LEDGER_BRIEF_MS };
      await access
        .askIfUp(session, (ledger, at) => ledger.keepTokens(at, { generation, sealed }), waiting)
        // The observer knows. Another process, or this one after a restart, has to refresh.
        .catch(() => undefined);
    },
    complete: (visit) => (visit.completing ??= restore(visit)),
  };
}
