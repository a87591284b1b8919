import { BFF_PATHS } from "@coatcheck/contract";
import { OAuthError } from "@coatcheck/oauth";
import type { Hono } from "hono";
import { uint8ArrayToBase64 } from "uint8array-extras";
import type { RouteEnv } from "../hono/bff-env.ts";
import { setCookies } from "../hono/set-cookies.ts";
import { logProviderUnavailable } from "../observe/log-lines.ts";
import type { Parts } from "../parts.ts";
import { cookieHeader } from "../request/header-index.ts";
import { HOME } from "../return-path.ts";
import { handedOn } from "./link-parameters.ts";

const STATE_BYTES = 16;

/**
 * `GET /bff/logout/provider`: takes the browser to the sign-out of the session's own provider, or home where there is none. `logout_hint` and
 * `ui_locales` of its query go along.
 *
 * @see OpenID Connect RP-Initiated Logout section 2
 */
export function addLogoutProviderRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { providers, sessions, log } = parts;

  app.get(BFF_PATHS.logoutProvider, async (c) => {
    const { headers, requestId, rawQuery } = c.var.bffRequest;
    const isOurPages = !c.var.isForeignNavigation && headers.get("sec-fetch-site") !== "none";
    const hint = isOurPages ? await sessions.openLogoutHint(cookieHeader(headers)) : undefined;
    if (hint === undefined) return c.redirect(HOME, 303);
    setCookies(c, sessions.expireLogoutHint());
    try {
      const state = uint8ArrayToBase64(parts.randomBytes(STATE_BYTES), { urlSafe: true });
      const { provider } = providers.of(hint.owner === "" ? {} : { provider: hint.owner });
      const query = new URLSearchParams(rawQuery);
      const [logoutHint, uiLocales] = [handedOn(query, "logout_hint"), handedOn(query, "ui_locales")];
      const url = await provider.endSessionUrl({
        idTokenHint: hint.idToken,
        state,
        ...(logoutHint === undefined ? {} : { logoutHint }),
        ...(uiLocales === undefined ? {} : { uiLocales }),
      });
      return c.redirect(url ?? HOME, 303);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      logProviderUnavailable(log, { requestId, during: "logout", reason: error.code });
      return c.redirect(HOME, 303);
    }
  });
}
