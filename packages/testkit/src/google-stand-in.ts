import { Hono } from "hono";
import { base64url } from "jose";
import { createIssuedGrants } from "./evil-idp/issued-grants.ts";
import type { IssuedGrant } from "./evil-idp/issued-grants.ts";
import { createSigner } from "./evil-idp/signer.ts";
import { recordRequest } from "./recorded-request.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import type { SimulatedInternet } from "./simulated-internet.ts";

export interface GoogleStandInOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly nowMs: () => number;
}

export interface GoogleStandIn {
  /** Takes Google's hosts. */
  connectTo(internet: SimulatedInternet): void;
  /** Is the browser and the person; returns the callback's query string. */
  signIn(authorizationUrl: string): Promise<string>;
  /** What the person does at https://myaccount.google.com/permissions. */
  removeAccess(): void;
  readonly requests: readonly RecordedRequest[];
  issuedSecrets(): readonly string[];
}

const ISSUER = "https://accounts.google.com";

/**
 * Shaped like Google's documentation, not like a recording of it: a refresh token for `access_type=offline` with
 * `prompt=consent` only, no rotation, the secret by post, tokeninfo instead of introspection, its own error texts.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/web-server
 */
export async function createGoogleStandIn(options: GoogleStandInOptions): Promise<GoogleStandIn> {
  const { clientId, nowMs } = options;
  const signer = await createSigner("RS256", "google-1", 1);
  const grants = createIssuedGrants();
  grants.rememberSecret(options.clientSecret);
  const requests: RecordedRequest[] = [];
  const offline = new Set<IssuedGrant>();
  let allGrants: readonly IssuedGrant[] = [];
  const nowSeconds = (): number => Math.floor(nowMs() / 1_000);

  const accounts = new Hono();
  accounts.get("/.well-known/openid-configuration", (context) =>
    context.json({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/o/oauth2/v2/auth`,
      token_endpoint: "https://oauth2.googleapis.com/token",
      userinfo_endpoint: "https://openidconnect.googleapis.com/v1/userinfo",
      revocation_endpoint: "https://oauth2.googleapis.com/revoke",
      jwks_uri: "https://www.googleapis.com/oauth2/v3/certs",
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["plain", "S256"],
    }),
  );
  accounts.get("/o/oauth2/v2/auth", (context) => {
    const query = new URL(context.req.url).searchParams;
    const redirectUri = query.get("redirect_uri");
    if (query.get("client_id") !== clientId || redirectUri === null) return context.text("Error 400", 400);
    const nonce = query.get("nonce");
    const grant: IssuedGrant = {
      sub: "108204268033311374519",
      sid: "",
      scope: query.get("scope") ?? "",
      redirectUri,
      codeChallenge: query.get("code_challenge") ?? "",
      authTime: nowSeconds(),
      isRevoked: false,
      ...(nonce === null ? {} : { nonce }),
    };
    allGrants = [...allGrants, grant];
    const consents = query.get("prompt")?.split(" ").includes("consent") === true;
    if (query.get("access_type") === "offline" && consents) offline.add(grant);
    const answer = new URLSearchParams({
      state: query.get("state") ?? "",
      code: grants.issueCode(grant),
      scope: grant.scope,
      authuser: "0",
      prompt: "consent",
    });
    return context.redirect(`${redirectUri}?${answer.toString()}`);
  });

  const tokenBody = async (grant: IssuedGrant, withNonce: boolean): Promise<Record<string, unknown>> => {
    const accessToken = grants.issueAccessToken(grant, nowSeconds() + 3_599, {});
    const claims = {
      iss: ISSUER,
      azp: clientId,
      aud: clientId,
      sub: grant.sub,
      at_hash: base64url.encode((await digest(accessToken)).subarray(0, 16)),
      iat: nowSeconds(),
      exp: nowSeconds() + 3_600,
      name: "Ada of the simulation",
      ...(withNonce && grant.nonce !== undefined ? { nonce: grant.nonce } : {}),
    };
    const header = { alg: "RS256", kid: signer.publicKey.kid, typ: "JWT" };
    const idToken = await signer.sign(header, JSON.stringify(claims));
    grants.rememberSecret(idToken);
    return {
      access_token: accessToken,
      expires_in: 3_599,
      scope: grant.scope,
      token_type: "Bearer",
      id_token: idToken,
    };
  };

  const oauth2 = new Hono();
  oauth2.post("/token", async (context) => {
    const { form } = await recordRequest(context.req.raw);
    if (form.get("client_id") !== clientId || form.get("client_secret") !== options.clientSecret) {
      return context.json({ error: "invalid_client", error_description: "Unauthorized" }, 401);
    }
    if (form.get("grant_type") === "refresh_token") {
      const issued = grants.findRefreshToken(form.get("refresh_token") ?? "");
      if (issued === undefined || issued.grant.isRevoked) {
        const description = "Token has been expired or revoked.";
        return context.json({ error: "invalid_grant", error_description: description }, 400);
      }
      return context.json(await tokenBody(issued.grant, false));
    }
    const grant = grants.redeemCode(form.get("code") ?? "");
    const challenge = base64url.encode(await digest(form.get("code_verifier") ?? ""));
    if (
      grant === undefined ||
      grant.codeChallenge !== challenge ||
      grant.redirectUri !== form.get("redirect_uri")
    ) {
      return context.json({ error: "invalid_grant", error_description: "Bad Request" }, 400);
    }
    const refreshToken = offline.has(grant) ? { refresh_token: grants.issueRefreshToken(grant) } : {};
    return context.json({ ...(await tokenBody(grant, true)), ...refreshToken });
  });
  oauth2.post("/tokeninfo", async (context) => {
    const { form } = await recordRequest(context.req.raw);
    const issued = grants.findAccessToken(form.get("access_token") ?? "");
    if (issued === undefined || issued.grant.isRevoked || issued.expiresAt <= nowSeconds()) {
      return context.json({ error: "invalid_token", error_description: "Invalid Value" }, 400);
    }
    return context.json({
      azp: clientId,
      aud: clientId,
      sub: issued.grant.sub,
      scope: issued.grant.scope,
      exp: String(issued.expiresAt),
      expires_in: String(issued.expiresAt - nowSeconds()),
      access_type: "offline",
    });
  });
  oauth2.post("/revoke", async (context) => {
    const { form } = await recordRequest(context.req.raw);
    const issued = grants.findRefreshToken(form.get("token") ?? "");
    if (issued === undefined || issued.grant.isRevoked) {
      return context.json({ error: "invalid_token", error_description: "Token expired or revoked" }, 400);
    }
    issued.grant.isRevoked = true;
    return context.json({});
  });

  const www = new Hono();
  www.get("/oauth2/v3/certs", (context) => context.json({ keys: [signer.publicKey] }));

  const openidconnect = new Hono();
  openidconnect.get("/v1/userinfo", (context) => {
    const issued = grants.findAccessToken(context.req.header("authorization")?.slice("Bearer ".length) ?? "");
    if (issued === undefined || issued.grant.isRevoked) {
      return context.json({ error: "invalid_request", error_description: "Invalid Credentials" }, 401);
    }
    return context.json({
      sub: issued.grant.sub,
      name: "Ada of the simulation",
      picture: "https://lh3.example/a",
    });
  });

  const hosts: Readonly<Record<string, Hono>> = {
    "accounts.google.com": accounts,
    "oauth2.googleapis.com": oauth2,
    "www.googleapis.com": www,
    "openidconnect.googleapis.com": openidconnect,
  };

  return {
    requests,
    issuedSecrets: () => grants.secrets(),
    connectTo(internet) {
      for (const [host, app] of Object.entries(hosts)) {
        internet.connect(host, async (request) => {
          requests.push(await recordRequest(request));
          return app.fetch(request);
        });
      }
    },
    async signIn(authorizationUrl) {
      const response = await accounts.request(authorizationUrl);
      const location = response.headers.get("location");
      if (location === null) throw new Error(`Google's stand-in answered ${response.status}`);
      return new URL(location).search.slice(1);
    },
    removeAccess() {
      for (const grant of allGrants) grant.isRevoked = true;
    },
  };
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
