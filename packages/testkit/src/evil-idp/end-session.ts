import { decodeJwt } from "jose";
import type { IssuedGrants } from "./issued-grants.ts";
import type { Lie, LogoutTokenDraft } from "./lie.ts";
import { errorReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { Signer } from "./signer.ts";

export interface EndSessionOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly postLogoutRedirectUri?: string;
  readonly deliverLogoutToken?: (logoutToken: string) => Promise<unknown>;
  readonly nowSeconds: () => number;
  readonly signer: () => Signer;
  readonly lies: () => readonly Lie[];
  readonly grants: IssuedGrants;
}

const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/**
 * Signs a person out at the provider: tells the client by its back channel, then sends the browser back.
 *
 * @see OpenID Connect RP-Initiated Logout section 2, OpenID Connect Back-Channel Logout section 2.4
 */
export function createEndSession(options: EndSessionOptions): (query: URLSearchParams) => Promise<Reply> {
  const { issuer, clientId, nowSeconds } = options;

  async function makeLogoutToken(sub: unknown, sid: unknown): Promise<string> {
    const signer = options.signer();
    const draft: LogoutTokenDraft = {
      header: { alg: signer.publicKey.alg, kid: signer.publicKey.kid, typ: "logout+jwt" },
      claims: {
        iss: issuer,
        aud: clientId,
        iat: nowSeconds(),
        exp: nowSeconds() + 120,
        jti: crypto.randomUUID(),
        events: { [LOGOUT_EVENT]: {} },
        sub,
        sid,
      },
    };
    for (const lie of options.lies()) lie.logoutTokenDraft?.(draft);
    const forger = options.lies().findLast((lie) => lie.logoutToken !== undefined);
    return forger?.logoutToken?.(draft, signer) ?? signer.sign(draft.header, JSON.stringify(draft.claims));
  }

  return async (query) => {
    const hint = query.get("id_token_hint") ?? "";
    const redirectUri = query.get("post_logout_redirect_uri");
    if (!options.grants.secrets().includes(hint)) return errorReply(400, "invalid_request");
    if (redirectUri === null || redirectUri !== options.postLogoutRedirectUri) {
      return errorReply(400, "invalid_request");
    }
    const { sub, sid } = decodeJwt(hint);
    await options.deliverLogoutToken?.(await makeLogoutToken(sub, sid));
    const state = query.get("state");
    const parameters = new URLSearchParams(state === null ? {} : { state });
    for (const lie of options.lies()) lie.postLogoutRedirect?.(parameters);
    const location = parameters.size === 0 ? redirectUri : `${redirectUri}?${parameters.toString()}`;
    return { status: 302, headers: { location }, body: null };
  };
}
