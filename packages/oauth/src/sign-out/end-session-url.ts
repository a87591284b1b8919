import { buildEndSessionUrl } from "openid-client";
import type { StartExchange } from "../call/exchange.ts";
import { fillEndSessionParameters } from "../setup/end-session-parameters.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

/** Longer hints are left out: proxies cut URLs, and `client_id` tells the provider enough (S-098). */
const MAX_HINT_LENGTH = 2_000;

export interface EndSessionRequest {
  readonly idTokenHint?: string;
  readonly state: string;
  /** Who is signing out, as the provider knows them. */
  readonly logoutHint?: string;
  /** Space separated language tags for the provider's pages. */
  readonly uiLocales?: string;
}

/**
 * Where the browser goes to sign out at the provider; `undefined` where the provider offers none.
 *
 * @see OpenID Connect RP-Initiated Logout section 2
 */
export function endSessionUrl(
  request: EndSessionRequest,
  metadata: ProviderMetadata,
  settings: ProviderSettings,
  startExchange: StartExchange,
): string | undefined {
  if (metadata.end_session_endpoint === undefined) return undefined;
  const { configuration } = startExchange(metadata, { timeoutMs: settings.requestTimeoutMs, maxBytes: 0 });
  const hint = request.idTokenHint ?? "";
  const parameters = fillEndSessionParameters(
    {
      client_id: settings.clientId,
      post_logout_redirect_uri: settings.postLogoutRedirectUri,
      state: request.state,
      id_token_hint: hint.length <= MAX_HINT_LENGTH ? hint : "",
      logout_hint: request.logoutHint ?? "",
      ui_locales: request.uiLocales ?? "",
    },
    settings.preset.endSessionParameters ?? {},
    settings.endSessionParameters,
  );
  return buildEndSessionUrl(configuration, { ...parameters }).href;
}
