import type { SignInOutcome } from "@coatcheck/contract";
import type { IdTokenClaims, LoginOutcome, TokenSet } from "@coatcheck/oauth";
import type { OpenedTransaction } from "@coatcheck/session";
import type { Ledger } from "@coatcheck/tokens";
import { createCallbackReplays } from "../callback-replays.ts";
import type { Parts } from "../parts.ts";
import type { Answer } from "../request/answer.ts";
import type { Exchange } from "../request/exchange.ts";
import { cookieHeader } from "../request/header-index.ts";
import { HOME } from "../return-path.ts";
import type { Route } from "../route.ts";
import { presentedRef } from "../session/pending-sign-in.ts";
import type { PendingSignIn, PresentedSession } from "../session/pending-sign-in.ts";
import { newSessionValue, sessionRef } from "../session/session-value.ts";
import type { SessionValue } from "../session/session-value.ts";
import { cookieAndChunks, namesOfEnded } from "../session/visit.ts";
import { backToApp } from "../sign-in-redirect.ts";

type Begun = OpenedTransaction<PendingSignIn>;

/** `GET /bff/callback`: finishes a sign-in. Whatever goes wrong, the person ends up in the app with a word for it. */
export function createCallbackRoute(parts: Parts, ledger: Pick<Ledger, "claim">): Route {
  const { provider, sessions, log } = parts;
  const replays = createCallbackReplays({
    ledger,
    nowMs: parts.nowMs,
    randomBytes: parts.randomBytes,
    nameOf: (state) => parts.fingerprints.signIn(state),
    onLedgerDown: () => log({ level: "error", event: "ledger_unavailable", during: "callback" }),
  });

  return {
    methods: ["GET"],
    guard: "navigation",
    async handle(exchange) {
      const states = new URLSearchParams(exchange.rawQuery).getAll("state");
      const state = states.length === 1 ? (states[0] ?? "") : "";
      const begun = await sessions.openTransaction(cookieHeader(exchange.headers), state);
      // An unknown state costs nobody a session: the page's own fetch finds out who is signed in.
      if (begun === undefined) {
        log({
          level: "info",
          event: "sign_in_failed",
          requestId: exchange.requestId,
          reason: "unknown_state",
        });
        return backToApp(HOME, { outcome: "expired" });
      }
      const answer = await replays.once(state, () => redeem(exchange, begun));
      return (
        answer ??
        backToApp(begun.value.returnPath, { ...place(begun.value), setCookie: sessions.expire([begun.name]) })
      );
    },
  };

  async function redeem(exchange: Exchange, begun: Begun): Promise<Answer> {
    const outcome = await provider.finishLogin(exchange.rawQuery, begun.value.login);
    if (outcome.kind === "signed_in") return signIn(exchange, begun, outcome.tokens, outcome.claims);
    log({
      level: outcome.kind === "not_authorized" && outcome.meaning === "declined" ? "info" : "warn",
      event: "sign_in_failed",
      requestId: exchange.requestId,
      reason: outcome.kind === "not_authorized" ? outcome.error : outcome.reason,
      ...(exchange.clientAddress === undefined ? {} : { clientAddress: exchange.clientAddress }),
    });
    return backToApp(begun.value.returnPath, {
      outcome: wordFor(outcome),
      setCookie: sessions.expire([begun.name]),
    });
  }

  async function signIn(
    exchange: Exchange,
    begun: Begun,
    tokens: TokenSet,
    claims: IdTokenClaims,
  ): Promise<Answer> {
    const { requestId } = exchange;
    const { returnPath, presented } = begun.value;
    const value = newSessionValue(sessions.create(), tokens, claims, parts.settings.userClaims);
    const session = await parts.fingerprints.session(value.sid);
    const sealed = await sessions.seal(value, cookieHeader(exchange.headers));
    const consumed = sessions.expire([begun.name]);
    if (sealed.kind === "too_large" || sealed.warning !== undefined) {
      const report = sealed.kind === "too_large" ? sealed.report : sealed.warning;
      const largest = report?.largest.map(({ path, bytes }) => `${path} ${bytes}`).join(", ");
      const level = sealed.kind === "too_large" ? "error" : "warn";
      log({ level, event: "session_too_large", requestId, session, totalBytes: report?.totalBytes, largest });
    }
    if (sealed.kind === "too_large") {
      // The session that stays may live on the same grant at the provider.
      const isSamePerson = presented?.iss === value.iss && presented.sub === value.sub;
      if (tokens.refreshToken !== undefined && !isSamePerson)
        parts.ender.revokeUnused(tokens.refreshToken, session);
      return backToApp(returnPath, { outcome: "too_large", setCookie: consumed });
    }
    const removals = await endPresented(exchange, presented, value);
    if (tokens.refreshToken === undefined) {
      log({
        level: "warn",
        event: "no_refresh_token",
        requestId,
        advice: provider.refreshBehaviour.missingRefreshTokenAdvice,
      });
    }
    log({
      level: "info",
      event: "sign_in",
      requestId,
      session,
      ...(exchange.clientAddress === undefined ? {} : { clientAddress: exchange.clientAddress }),
    });
    const hint =
      tokens.idToken === undefined
        ? undefined
        : await sessions.sealLogoutHint(
            { idToken: tokens.idToken, sid: value.sid },
            [...consumed, ...sealed.setCookie],
            cookieHeader(exchange.headers),
          );
    return backToApp(returnPath, {
      ...place(begun.value),
      setCookie: [
        ...consumed,
        ...sessions.expire(removals),
        ...(hint ?? sessions.expireLogoutHint()),
        ...sealed.setCookie,
      ],
    });
  }

  /** Ends what the browser showed when it began, and what it shows now: a provider on our own site gets Strict cookies through. */
  async function endPresented(
    exchange: Exchange,
    presented: PresentedSession | undefined,
    by: SessionValue,
  ): Promise<readonly string[]> {
    const { sessions: shown, shown: names } = await sessions.open(cookieHeader(exchange.headers));
    const ending = [
      ...(presented === undefined
        ? []
        : [{ ref: presentedRef(presented, exchange.arrivedAt), names: presented.names }]),
      ...shown
        .filter(({ value }) => value.sid !== presented?.sid)
        .map(({ name, value }) => ({
          ref: sessionRef(value, exchange.arrivedAt),
          names: cookieAndChunks(name, names),
        })),
    ];
    const replaced = await Promise.all(
      ending.map(async ({ ref, names: ofSession }) => ({
        replacement: await parts.ender.replace(ref, by, exchange.requestId),
        names: ofSession,
      })),
    );
    return namesOfEnded(replaced);
  }
}

function wordFor(outcome: Exclude<LoginOutcome, { readonly kind: "signed_in" }>): SignInOutcome {
  if (outcome.kind === "not_authorized") return outcome.meaning;
  if (outcome.kind === "unavailable") return "unavailable";
  return outcome.reason === "client_refused" ? "misconfigured" : "failed";
}

/** A sign-in that went well says only that the person isn't where they wanted to be. */
function place({ isPlaceLost }: PendingSignIn): { readonly outcome?: "place_lost" } {
  return isPlaceLost === true ? { outcome: "place_lost" } : {};
}
