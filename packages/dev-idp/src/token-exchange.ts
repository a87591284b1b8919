import { errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";

/** An API as the exchange finds it: by its indicator, or by the `aud` of its tokens. */
interface ExchangeResource {
  readonly indicator: string;
  readonly scopes: readonly string[];
  readonly audience?: string | undefined;
}

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const PARAMETERS = [
  "subject_token",
  "subject_token_type",
  "requested_token_type",
  "audience",
  "resource",
  "scope",
];

/** Lets clients that may exchange a person's access token for one for another API. @see RFC 8693 section 2 */
export function addTokenExchange(provider: Provider, resources: readonly ExchangeResource[]): void {
  provider.registerGrantType(
    GRANT_TYPE,
    async (ctx) => {
      await answer(provider, ctx, resources);
    },
    PARAMETERS,
  );
}

export { GRANT_TYPE as TOKEN_EXCHANGE };

async function answer(
  provider: Provider,
  ctx: KoaContextWithOIDC,
  resources: readonly ExchangeResource[],
): Promise<void> {
  const { client, params = {} } = ctx.oidc;
  const textOf = (name: string): string | undefined => {
    const value = params[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  if (client === undefined) throw new errors.InvalidClient();
  if (
    textOf("subject_token_type") !== ACCESS_TOKEN ||
    (textOf("requested_token_type") ?? ACCESS_TOKEN) !== ACCESS_TOKEN
  )
    throw new errors.InvalidRequest("only access tokens are exchanged for access tokens");
  const subject = await provider.AccessToken.find(textOf("subject_token") ?? "");
  if (subject === undefined || !subject.isValid || subject.clientId !== client.clientId)
    throw new errors.InvalidGrant("the subject token isn't one of this client that is alive");
  const [indicator, audience] = [textOf("resource"), textOf("audience")];
  const resource = resources.find((known) =>
    indicator === undefined
      ? (known.audience ?? known.indicator) === audience
      : known.indicator === indicator &&
        (audience === undefined || (known.audience ?? indicator) === audience),
  );
  if (resource === undefined) throw new errors.InvalidTarget();
  // Which of them a client may have is for each server to say; this one lets it have all that the API knows.
  const asked = textOf("scope")?.split(" ") ?? resource.scopes;
  if (asked.some((scope) => !resource.scopes.includes(scope)))
    throw new errors.InvalidScope("the API knows no such scope", asked.join(" "));
  const token = new provider.AccessToken({
    accountId: subject.accountId,
    client,
    grantId: subject.grantId,
    gty: "token_exchange",
    sessionUid: subject.sessionUid ?? "",
    sid: subject.sid ?? "",
  });
  token.resourceServer = new provider.ResourceServer(resource.indicator, {
    scope: resource.scopes.join(" "),
    audience: resource.audience ?? resource.indicator,
    accessTokenFormat: "jwt",
    jwt: { sign: { alg: "RS256" } },
  });
  token.scope = asked.join(" ");
  ctx.oidc.entity("AccessToken", token);
  const value = await token.save();
  ctx.body = {
    access_token: value,
    issued_token_type: ACCESS_TOKEN,
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: token.scope,
  };
}
