import { OAuthError } from "@coatcheck/oauth";
import { guardNavigation } from "../guard/navigation-guard.ts";
import type { Parts } from "../parts.ts";
import type { Answer } from "../request/answer.ts";
import { cookieHeader } from "../request/header-index.ts";
import { HOME } from "../return-path.ts";
import type { Route } from "../route.ts";
import { backToApp } from "../sign-in-redirect.ts";

const STATE_BYTES = 16;

/**
 * `GET /bff/logout/provider`: takes the browser to the provider's own sign-out, or home where there is none.
 *
 * @see OpenID Connect RP-Initiated Logout section 2
 */
export function createLogoutProviderRoute(parts: Parts): Route {
  const { provider, sessions, log } = parts;
  return {
    methods: ["GET"],
    guard: "navigation",
    async handle(exchange) {
      const site = exchange.headers.get("sec-fetch-site");
      const isForeign = guardNavigation(exchange.headers).kind === "foreign" || site === "none";
      const hint = isForeign ? undefined : await sessions.openLogoutHint(cookieHeader(exchange.headers));
      if (hint === undefined) return backToApp(HOME);
      const state = base64url(parts.randomBytes(STATE_BYTES));
      try {
        const url = await provider.endSessionUrl({ idTokenHint: hint.idToken, state });
        return leave(url);
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error;
        const { requestId } = exchange;
        log({
          level: "warn",
          event: "provider_unavailable",
          requestId,
          during: "logout",
          reason: error.code,
        });
        return leave(undefined);
      }
    },
  };

  function leave(url: string | undefined): Answer {
    return { kind: "redirect", status: 303, location: url ?? HOME, setCookie: sessions.expireLogoutHint() };
  }
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
