import { BFF_PATHS } from "@coatcheck/contract";
import { OAuthError } from "@coatcheck/oauth";
import type { BeginLoginRequest } from "@coatcheck/oauth";
import { SessionError } from "@coatcheck/session";
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import { answerHumanPage } from "../hono/human-page.ts";
import { setCookies } from "../hono/set-cookies.ts";
import { logProviderUnavailable, logSignInFailed } from "../observe/log-lines.ts";
import type { Parts } from "../parts.ts";
import { createChooseProvider } from "../providers/choose-provider.ts";
import { ofProvider } from "../providers/sign-in-provider.ts";
import type { SignInProvider } from "../providers/sign-in-provider.ts";
import { cookieHeader } from "../request/header-index.ts";
import { HOME, parseReturnPath } from "../return-path.ts";
import type { ParsedReturnPath } from "../return-path.ts";
import { withBasePath, withoutBasePath } from "../response/base-path.ts";
import { presentSession } from "../session/pending-sign-in.ts";
import type { PendingSignIn, PresentedSession } from "../session/pending-sign-in.ts";
import type { RequestSession } from "../session/request-session.ts";
import { withOutcome } from "../sign-in-outcome.ts";
import { isAcrValues, parseMaxAge } from "../step-up.ts";
import { handedOn, single } from "./link-parameters.ts";

/** Without `consent`: a link could make everybody consent again. */
const PROMPTS = ["login", "select_account", "create", "none"] as const;

/**
 * `GET /bff/login?returnTo=`: begins a sign-in at the provider; `GET /bff/login/NAME` at that one of several. `prompt=login|select_account` asks for another person,
 * `prompt=create` for a new account, `prompt=none` for nobody: who isn't signed in at the provider comes back.
 */
export function addLoginRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { providers, sessions, log } = parts;
  const choose = createChooseProvider(parts);
  const { basePath } = parts.settings;
  const ownPath = (path: string | undefined) => path && withoutBasePath(basePath, path);

  // Another site can't begin a sign-in: the person lands on our page and clicks there (S-013).
  const unlessForeign: MiddlewareHandler<RouteEnv> = async (c, next) =>
    c.var.isForeignNavigation ? c.redirect(HOME, 303) : next();

  app.get(BFF_PATHS.login, unlessForeign, parts.openSession, async (c) => {
    const query = new URLSearchParams(c.var.bffRequest.rawQuery);
    const chosen = await choose(c, query);
    return chosen instanceof Response ? chosen : begin(c, query, chosen);
  });
  for (const own of providers.all.length === 1 ? [] : providers.all) {
    app.get(`${BFF_PATHS.login}/${own.name}`, unlessForeign, parts.openSession, (c) =>
      begin(c, new URLSearchParams(c.var.bffRequest.rawQuery), own),
    );
  }

  async function begin(c: Context<RouteEnv>, query: URLSearchParams, own: SignInProvider): Promise<Response> {
    const { bffRequest, requestSession } = c.var;
    const { requestId } = bffRequest;
    const { provider } = own;
    const returnTo = parseReturnPath(ownPath(single(query, "returnTo")), parts.isPage);

    let begun: Awaited<ReturnType<typeof provider.beginLogin>>;
    try {
      begun = await provider.beginLogin(readRequest(query, own.loginParameters));
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const { refusal } = error;
      if (refusal !== undefined) {
        logSignInFailed(log, "warn", { requestId, reason: refusal.code });
        return c.redirect(withOutcome(returnTo.path, refusal.meaning), 303);
      }
      const problem = provider.setupProblem();
      const reason = problem ?? error.code;
      logProviderUnavailable(log, { requestId, during: "login", reason });
      const retryHref = `${c.req.path}?returnTo=${encodeURIComponent(withBasePath(basePath, returnTo.path))}`;
      const page = problem === undefined ? "provider_unavailable" : "provider_unusable";
      return answerHumanPage(c, page, retryHref, parts.settings);
    }
    const cookies = cookieHeader(bffRequest.headers);
    const setCookie = await sealFirstThatFits(
      pendingSignIns(
        { login: begun.transaction, ...ofProvider(own) },
        returnTo,
        presentedSession(requestSession),
      ),
      (pending) => sessions.sealTransaction(pending, begun.transaction.state, cookies),
    );
    log({ level: "info", event: "sign_in_started", requestId, ...ofProvider(own) });
    setCookies(c, setCookie);
    return c.redirect(begun.url);
  }

  function presentedSession({ names, value }: RequestSession): PresentedSession | undefined {
    if (value === undefined) return undefined;
    return presentSession(names, value, providers.of(value).provider.revokesAccessTokens);
  }
}

/** Only what stands here reaches the provider; everything else of the query is ignored (S-009). */
function readRequest(query: URLSearchParams, names: readonly string[]): BeginLoginRequest {
  const prompt = PROMPTS.find((known) => known === single(query, "prompt"));
  const maxAge = parseMaxAge(single(query, "max_age"));
  const acrValues = single(query, "acr_values");
  const parameters = names.flatMap((name) => {
    const value = handedOn(query, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    parameters: Object.fromEntries(parameters),
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues !== undefined && isAcrValues(acrValues) ? { acrValues } : {}),
  };
}

/** What to seal, the whole first; a large session leaves little room, so then without what the sign-in can do without. */
function pendingSignIns(
  begun: Pick<PendingSignIn, "login" | "provider">,
  { path, isTooLong }: ParsedReturnPath,
  presented: PresentedSession | undefined,
): readonly PendingSignIn[] {
  const whole: PendingSignIn = { ...begun, returnPath: path, ...(isTooLong ? { isPlaceLost: true } : {}) };
  const bare: PendingSignIn = path === HOME ? whole : { ...begun, returnPath: HOME, isPlaceLost: true };
  if (presented === undefined) return [whole, bare];
  const { refreshToken: _, accessToken: _too, ...withoutTokens } = presented;
  return [{ ...whole, presented }, { ...bare, presented }, { ...bare, presented: withoutTokens }, bare];
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
