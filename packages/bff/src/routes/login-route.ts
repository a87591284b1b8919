import { BFF_PATHS } from "@coatcheck/contract";
import { OAuthError } from "@coatcheck/oauth";
import type { BeginLoginRequest, LoginTransaction } from "@coatcheck/oauth";
import { SessionError } from "@coatcheck/session";
import { guardNavigation } from "../guard/navigation-guard.ts";
import type { Parts } from "../parts.ts";
import type { Answer } from "../request/answer.ts";
import { cookieHeader } from "../request/header-index.ts";
import { HOME, parseReturnPath } from "../return-path.ts";
import type { ParsedReturnPath } from "../return-path.ts";
import type { Route } from "../route.ts";
import { presentSession } from "../session/pending-sign-in.ts";
import type { PendingSignIn } from "../session/pending-sign-in.ts";
import type { Visit } from "../session/visit.ts";
import { backToApp } from "../sign-in-redirect.ts";
import { isAcrValues, parseMaxAge } from "../step-up.ts";

const PROMPTS = ["login", "select_account"] as const;

/** `GET /bff/login?returnTo=`: begins a sign-in at the provider. `prompt=login|select_account` asks for another person. */
export function createLoginRoute({ provider, sessions, isPage, log }: Parts): Route {
  return {
    methods: ["GET"],
    guard: "navigation",
    async handle(exchange) {
      // Another site can't begin a sign-in: the person lands on our page and clicks there (S-013).
      if (guardNavigation(exchange.headers).kind === "foreign") return backToApp(HOME);
      const query = new URLSearchParams(exchange.rawQuery);
      const returnTo = parseReturnPath(single(query, "returnTo"), isPage);
      const { requestId } = exchange;

      let begun: Awaited<ReturnType<typeof provider.beginLogin>>;
      try {
        begun = await provider.beginLogin(readRequest(query));
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error;
        const { refusal } = error;
        if (refusal !== undefined) {
          log({ level: "warn", event: "sign_in_failed", requestId, reason: refusal.code });
          return backToApp(returnTo.path, { outcome: refusal.meaning });
        }
        log({ level: "warn", event: "provider_unavailable", requestId, during: "login", reason: error.code });
        return unavailable(returnTo.path);
      }
      const visit = await exchange.openSession();
      const cookies = cookieHeader(exchange.headers);
      const setCookie = await sealFirstThatFits(
        pendingSignIns(begun.transaction, returnTo, visit),
        (pending) => sessions.sealTransaction(pending, begun.transaction.state, cookies),
      );
      log({ level: "info", event: "sign_in_started", requestId });
      return { kind: "redirect", status: 302, location: begun.url, setCookie };
    },
  };
}

function unavailable(returnPath: string): Answer {
  const retryHref = `${BFF_PATHS.login}?returnTo=${encodeURIComponent(returnPath)}`;
  return { kind: "page", page: "provider_unavailable", retryHref };
}

/** Only what stands here reaches the provider; everything else of the query is ignored (S-009). */
function readRequest(query: URLSearchParams): BeginLoginRequest {
  const prompt = PROMPTS.find((known) => known === single(query, "prompt"));
  const maxAge = parseMaxAge(single(query, "max_age"));
  const acrValues = single(query, "acr_values");
  return {
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues !== undefined && isAcrValues(acrValues) ? { acrValues } : {}),
  };
}

function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

/** What to seal, the whole first; a large session leaves little room, so then without what the sign-in can do without. */
function pendingSignIns(
  login: LoginTransaction,
  { path, isTooLong }: ParsedReturnPath,
  visit: Visit,
): readonly PendingSignIn[] {
  const whole: PendingSignIn = { login, returnPath: path, ...(isTooLong ? { isPlaceLost: true } : {}) };
  const bare: PendingSignIn = path === HOME ? whole : { login, returnPath: HOME, isPlaceLost: true };
  if (visit.session === undefined) return [whole, bare];
  const presented = presentSession(visit.names, visit.session);
  const { refreshToken: _, ...withoutRefreshToken } = presented;
  return [{ ...whole, presented }, { ...bare, presented }, { ...bare, presented: withoutRefreshToken }, bare];
}

async function sealFirstThatFits(
  candidates: readonly PendingSignIn[],
  seal: (pending: PendingSignIn) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  for (const candidate of candidates.slice(0, -1)) {
    try {
      return await seal(candidate);
    } catch (error) {
      if (!(error instanceof SessionError) || error.code !== "transaction_too_large") throw error;
    }
  }
  return seal(candidates.at(-1) as PendingSignIn);
}
