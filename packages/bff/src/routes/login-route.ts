import { BFF_PATHS } from "@coatcheck/contract";
import { OAuthError } from "@coatcheck/oauth";
import type { BeginLoginRequest } from "@coatcheck/oauth";
import { SessionError } from "@coatcheck/session";
import { guardNavigation } from "../guard/navigation-guard.ts";
import type { Parts } from "../parts.ts";
import { problem } from "../request/answer.ts";
import type { Answer } from "../request/answer.ts";
import { HOME, parseReturnPath } from "../return-path.ts";
import type { Route } from "../route.ts";
import { presentSession } from "../session/pending-sign-in.ts";
import type { PendingSignIn } from "../session/pending-sign-in.ts";
import type { Visit } from "../session/visit.ts";
import { backToApp } from "../sign-in-redirect.ts";

const PROMPTS = ["login", "select_account"] as const;

/** `GET /bff/login?returnTo=`: begins a sign-in at the provider. `prompt=login|select_account` asks for another person. */
export function createLoginRoute({ provider, sessions, log }: Parts): Route {
  return {
    methods: ["GET"],
    guard: "navigation",
    async handle(exchange) {
      // Another site can't begin a sign-in: the person lands on our page and clicks there (S-013).
      if (guardNavigation(exchange.headers).kind === "foreign") return backToApp(HOME);
      const query = new URLSearchParams(exchange.rawQuery);
      const returnPath = parseReturnPath(single(query, "returnTo"));
      const { requestId } = exchange;

      let begun: Awaited<ReturnType<typeof provider.beginLogin>>;
      try {
        begun = await provider.beginLogin(readRequest(query));
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error;
        log({ level: "warn", event: "provider_unavailable", requestId, during: "login", reason: error.code });
        return unavailable(returnPath);
      }
      const visit = await exchange.openSession();
      const { transaction } = begun;
      const seal = (pending: PendingSignIn) =>
        sessions.sealTransaction(pending, transaction.state, exchange.headers.get("cookie"));
      const pending: PendingSignIn = { login: transaction, returnPath, ...presented(visit) };
      let setCookie: readonly string[];
      try {
        setCookie = await seal(pending);
      } catch (error) {
        if (!(error instanceof SessionError) || error.code !== "transaction_too_large") throw error;
        // A large session leaves little room: the refresh token and the deep link are what the sign-in can do without.
        setCookie = await seal(withoutRefreshToken({ ...pending, returnPath: HOME }));
      }
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
  return prompt === undefined ? {} : { prompt };
}

function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

function presented(visit: Visit): Pick<PendingSignIn, "presented"> {
  return visit.session === undefined ? {} : { presented: presentSession(visit.names, visit.session) };
}

function withoutRefreshToken(pending: PendingSignIn): PendingSignIn {
  if (pending.presented === undefined) return pending;
  const { refreshToken: _, ...rest } = pending.presented;
  return { ...pending, presented: rest };
}

/** Refuses what isn't a top-level navigation, in words that a script can read. */
export const NAVIGATION_REFUSED: Answer = problem({
  code: "guard_refused",
  detail: "This address is for top-level navigations only.",
});
