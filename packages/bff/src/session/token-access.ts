import type { FreshOutcome, Grant, SessionRef, TokenVisit } from "@coatcheck/tokens";
import type { Parts } from "../parts.ts";
import { problem } from "../request/answer.ts";
import type { Answer } from "../request/answer.ts";
import type { Exchange } from "../request/exchange.ts";
import { anonymousReason } from "./visit.ts";
import type { Visit } from "./visit.ts";

/** A session that may act: signed in, and the person for whom the page was rendered. */
export interface SignedIn {
  readonly visit: Visit;
  readonly ref: SessionRef;
  readonly tokens: TokenVisit;
}

export interface Token {
  readonly accessToken: string;
  readonly grant: Grant;
}

/** Either what was asked for, or the answer that says why not. */
export type Access<Value> =
  | { readonly kind: "granted"; readonly value: Value }
  | { readonly kind: "denied"; readonly answer: Answer };

/** Gets access tokens for sessions, and keeps the visit's books: newer grants are learnt, an ended session loses its cookie. */
export interface TokenAccess {
  /** A token that lives a little longer. */
  ensureFresh(who: SignedIn, exchange: Exchange, resource: string): Promise<Access<Token>>;
  /** A new token, whatever the old one's age. */
  refreshNow(who: SignedIn, exchange: Exchange, resource: string): Promise<Access<Token>>;
  /** A newer token than one that was refused; `undefined` where there can't be one yet. */
  replaceRefused(
    who: SignedIn,
    exchange: Exchange,
    resource: string,
    used: Grant,
  ): Promise<Access<Token> | undefined>;
}

/** The answer to whoever needs a session and has none. */
export function noSession(visit: Pick<Visit, "reason">): Answer {
  return problem({ code: "no_session", reason: visit.reason });
}

export function createTokenAccess(
  parts: Pick<Parts, "keeper" | "settings" | "fingerprints" | "log">,
): TokenAccess {
  const { keeper, log } = parts;

  async function settle(
    outcome: FreshOutcome,
    { visit, ref }: SignedIn,
    exchange: Exchange,
    resource: string,
  ): Promise<Access<Token>> {
    if (outcome.kind === "fresh") {
      const { accessToken, grant } = outcome;
      // Also where it is unchanged: a newer one may be in the making beside the call, and rides on this response if done.
      visit.learn(grant);
      return { kind: "granted", value: { accessToken, grant } };
    }
    if (outcome.kind === "ended") {
      visit.end(outcome.reason);
      return { kind: "denied", answer: noSession({ reason: anonymousReason(outcome.reason) }) };
    }
    const facts = {
      requestId: exchange.requestId,
      session: await parts.fingerprints.session(ref.sid),
      ...(exchange.clientAddress === undefined ? {} : { clientAddress: exchange.clientAddress }),
    };
    if (outcome.kind === "stale") {
      log({ level: "warn", event: "stale_cookie", ...facts, generation: ref.grant.generation });
      // Unless the ledger has ended it the cookie stays: another tab may hold a newer one under the same name.
      const ended = parts.settings.onStaleCookie === "end" ? await keeper.isEnded(ref) : undefined;
      if (ended !== undefined) visit.end(ended);
      return { kind: "denied", answer: problem({ code: "stale_cookie" }) };
    }
    if (outcome.kind === "unobtainable") {
      log({ level: "warn", event: "resource_unavailable", ...facts, resource });
      return { kind: "denied", answer: problem({ code: "resource_unavailable" }) };
    }
    const { code, retryAfterSeconds } = outcome;
    log({ level: "warn", event: code, ...facts, during: "refresh" });
    return { kind: "denied", answer: problem({ code, retryAfterSeconds }) };
  }

  return {
    ensureFresh: async (who, exchange, resource) =>
      settle(await who.tokens.ensureFresh(resource), who, exchange, resource),
    refreshNow: async (who, exchange, resource) =>
      settle(await who.tokens.refreshNow(resource), who, exchange, resource),
    async replaceRefused(who, exchange, resource, used) {
      const outcome = await who.tokens.refreshRefused(resource, used);
      return outcome === undefined ? undefined : settle(outcome, who, exchange, resource);
    },
  };
}
