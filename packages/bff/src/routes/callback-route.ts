import { BFF_PATHS } from "@coatcheck/contract";
import type { SignInOutcome } from "@coatcheck/contract";
import { responseState } from "@coatcheck/oauth";
import type { LoginOutcome } from "@coatcheck/oauth";
import type { OpenedTransaction } from "@coatcheck/session";
import type { Context, Hono } from "hono";
import { createCallbackReplays } from "../callback-replays.ts";
import type { SignInEnd } from "../callback-replays.ts";
import type { RouteEnv } from "../hono/bff-env.ts";
import { setCookies } from "../hono/set-cookies.ts";
import { logLedgerUnavailable, logSessionTooLarge, logSignInFailed } from "../observe/log-lines.ts";
import type { Parts } from "../parts.ts";
import { providerPath } from "../providers/provider-path.ts";
import { ofProvider } from "../providers/sign-in-provider.ts";
import type { SignInProvider } from "../providers/sign-in-provider.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { cookieHeader } from "../request/header-index.ts";
import { HOME } from "../return-path.ts";
import { presentedRef } from "../session/pending-sign-in.ts";
import type { PendingSignIn, PresentedSession } from "../session/pending-sign-in.ts";
import { namesOfEnded } from "../session/replaced-sessions.ts";
import { cookieAndChunks } from "../session/request-session.ts";
import { createSingleUse } from "../single-use.ts";
import { newSessionValue, sessionRef } from "../session/session-value.ts";
import { judgeSignIn } from "../session/sign-in-hook.ts";
import type { SessionValue } from "../session/session-value.ts";
import { withOutcome } from "../sign-in-outcome.ts";

type Begun = OpenedTransaction<PendingSignIn>;

/**
 * `GET /bff/callback`, and for each further provider `/bff/callback/NAME`: finishes a sign-in that was begun at that provider,
 * and no other's. Whatever goes wrong, the person ends up in the app with a word for it.
 */
export function addCallbackRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { providers, sessions, log } = parts;
  const replays = createCallbackReplays({
    singleUse: createSingleUse(parts),
    nameOf: (state) => parts.fingerprints.signIn(state),
    onLedgerDown: () => logLedgerUnavailable(log, { during: "callback" }),
  });

  for (const own of providers.all) app.get(providerPath(BFF_PATHS.callback, own.name), (c) => answer(c, own));

  async function answer(c: Context<RouteEnv>, own: SignInProvider): Promise<Response> {
    const { bffRequest } = c.var;
    const state = responseState(bffRequest.rawQuery);
    const begun = await sessions.openTransaction(cookieHeader(bffRequest.headers), state);
    // An unknown state costs nobody a session: the page's own fetch finds out who is signed in.
    if (begun === undefined) {
      const { requestId } = bffRequest;
      logSignInFailed(log, "info", { requestId, reason: "unknown_state" });
      return c.redirect(withOutcome(HOME, "expired"), 303);
    }
    // Mix-up: an answer that came to one provider's address for a sign-in that was begun at another is nobody's. The sign-in
    // stays, for its own provider's answer. @see RFC 9700 section 4.4
    if (begun.value.provider !== ofProvider(own).provider) {
      const { requestId, clientAddress } = bffRequest;
      logSignInFailed(log, "warn", { requestId, clientAddress, reason: "callback_of_another_provider" });
      return c.redirect(withOutcome(begun.value.returnPath, "failed"), 303);
    }
    const end = await replays.once(state, () => redeem(bffRequest, begun, own));
    const { location, setCookie } = end ?? {
      location: placeOf(begun.value),
      setCookie: sessions.expire([begun.name]),
    };
    setCookies(c, setCookie);
    return c.redirect(location, 303);
  }

  async function redeem(request: BffRequest, begun: Begun, own: SignInProvider): Promise<SignInEnd> {
    const outcome = await own.provider.finishLogin(request.rawQuery, begun.value.login);
    if (outcome.kind === "signed_in") return signIn(request, begun, own, outcome);
    const { requestId, clientAddress } = request;
    const hasDeclined = outcome.kind === "not_authorized" && outcome.meaning === "declined";
    logSignInFailed(log, hasDeclined ? "info" : "warn", {
      requestId,
      clientAddress,
      ...(outcome.kind === "refused" ? { status: outcome.status, error: outcome.error } : {}),
      reason: outcome.kind === "not_authorized" ? outcome.error : outcome.reason,
    });
    return {
      location: withOutcome(begun.value.returnPath, wordFor(outcome)),
      setCookie: sessions.expire([begun.name]),
    };
  }

  async function signIn(
    request: BffRequest,
    begun: Begun,
    own: SignInProvider,
    outcome: Extract<LoginOutcome, { readonly kind: "signed_in" }>,
  ): Promise<SignInEnd> {
    const { requestId } = request;
    const { tokens, claims } = outcome;
    const { returnPath, presented } = begun.value;
    const owned = ofProvider(own);
    const created = newSessionValue(sessions.create(), owned, outcome, parts.settings.userClaims);
    const session = await parts.fingerprints.session(created.sid);
    const consumed = sessions.expire([begun.name]);
    function leave(word: SignInOutcome): SignInEnd {
      // A session that stays may live on the same grant at the provider.
      const isSamePerson = presented?.iss === created.iss && presented.sub === created.sub;
      if (!isSamePerson) parts.ender.revokeUnused(tokens, owned, session);
      return { location: withOutcome(returnPath, word), setCookie: consumed };
    }
    const verdict = await judgeSignIn(created, claims, parts.onSignIn, session, parts);
    if (verdict.kind === "refused") {
      const { reason, isFailure } = verdict;
      logSignInFailed(log, "warn", { requestId, clientAddress: request.clientAddress, reason });
      return leave(isFailure ? "failed" : "not_allowed");
    }
    const { value } = verdict;
    const sealed = await parts.sealSession(value, cookieHeader(request.headers));
    if (sealed.kind === "too_large") {
      logSessionTooLarge(log, sealed.report, { requestId, session });
      return leave("too_large");
    }
    const removals = await endPresented(request, presented, value);
    if (tokens.refreshToken === undefined && tokens.expiresAt < value.absoluteDeadline) {
      log({
        level: "warn",
        event: "no_refresh_token",
        requestId,
        advice: own.provider.refreshBehaviour.missingRefreshTokenAdvice,
      });
    }
    log({
      level: "info",
      event: "sign_in",
      requestId,
      session,
      clientAddress: request.clientAddress,
      ...owned,
      accessTokens: sealed.value.grant.kept === undefined ? "cookie" : "ledger",
    });
    parts.listing.noteLater(sealed.value, request);
    const hint =
      tokens.idToken === undefined
        ? undefined
        : await sessions.sealLogoutHint(
            {
              idToken: tokens.idToken,
              sid: value.sid,
              ...(owned.provider === undefined ? {} : { owner: owned.provider }),
            },
            [...consumed, ...sealed.setCookie],
            cookieHeader(request.headers),
          );
    return {
      location: placeOf(begun.value),
      setCookie: [
        ...consumed,
        ...sessions.expire(removals),
        ...(hint ?? sessions.expireLogoutHint()),
        ...sealed.setCookie,
      ],
    };
  }

  /** Ends what the browser showed when it began, and what it shows now: a provider on our own site gets Strict cookies through. */
  async function endPresented(
    request: BffRequest,
    presented: PresentedSession | undefined,
    by: SessionValue,
  ): Promise<readonly string[]> {
    const { sessions: shown, shown: names } = await sessions.open(cookieHeader(request.headers));
    const ending = [
      ...(presented === undefined
        ? []
        : [{ ref: presentedRef(presented, request.arrivedAt), names: presented.names }]),
      ...shown
        .filter(({ value }) => value.sid !== presented?.sid)
        .map(({ name, value }) => ({
          ref: sessionRef(value, request.arrivedAt),
          names: cookieAndChunks(name, names),
        })),
    ];
    const replaced = await Promise.all(
      ending.map(async ({ ref, names: ofSession }) => ({
        replacement: await parts.ender.replace(ref, by, request.requestId),
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

/** Where a sign-in that went well leads; it says only that the person isn't where they wanted to be. */
function placeOf({ returnPath, isPlaceLost }: PendingSignIn): string {
  return isPlaceLost === true ? withOutcome(returnPath, "place_lost") : returnPath;
}
