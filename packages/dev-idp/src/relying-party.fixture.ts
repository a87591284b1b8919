import * as client from "openid-client";
import { createDevIdpControl, type DevIdpControl } from "./control/control-client.ts";
import { createCookieJar, type CookieJar } from "./scripted/cookie-jar.ts";
import type { DevIdpClient, DevIdpOptions } from "./options/dev-idp-options.ts";
import { signInByForm } from "./scripted/sign-in-by-form.ts";
import { createDevIdp, type DevIdp } from "./create-dev-idp.ts";

/** The API that the tests' tokens are for. */
export const NOTES = "https://notes.example/api";
export const CALLBACK = "http://localhost:3999/bff/callback";
export const HOME = "http://localhost:3999/";
const SCOPE = "openid profile email notes:read notes:write";

interface SignedIn {
  readonly tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;
  readonly refreshToken: string;
  readonly jar: CookieJar;
}

/** A provider with one relying party registered at it. */
export interface TestParty {
  readonly idp: DevIdp;
  readonly control: DevIdpControl;
  readonly config: client.Configuration;
  authorizationUrl(params?: Record<string, string>): Promise<{ url: URL; codeVerifier: string }>;
  signIn(username?: string, jar?: CookieJar, params?: Record<string, string>): Promise<SignedIn>;
  exchange(callbackUrl: string, codeVerifier: string): Promise<SignedIn["tokens"]>;
  /** The client's credentials as a header. */
  readonly authorization: string;
  /** A raw token request, as an attacker or a careless client would send it. */
  post(path: string, form: Record<string, string>): Promise<Response>;
}

export async function startTestParty(
  changes: Partial<DevIdpOptions> = {},
  clientChanges: Partial<DevIdpClient> = {},
): Promise<TestParty> {
  const registered: DevIdpClient = {
    clientId: "test-client",
    clientSecret: "test-secret-of-at-least-32-characters",
    redirectUris: [CALLBACK],
    postLogoutRedirectUris: [HOME],
    ...clientChanges,
  };
  const idp = await createDevIdp({
    clients: [registered],
    resources: [{ indicator: NOTES, scopes: ["notes:read", "notes:write"], audience: "notes-api" }],
    onDefect: () => undefined,
    ...changes,
  });
  const isPost = registered.tokenEndpointAuthMethod === "client_secret_post";
  const authentication = isPost ? client.ClientSecretPost : client.ClientSecretBasic;
  const config = await client.discovery(
    new URL(idp.issuer),
    registered.clientId,
    registered.clientSecret === undefined ? {} : { client_secret: registered.clientSecret },
    authentication(registered.clientSecret),
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
  );
  const basic = Buffer.from(`${registered.clientId}:${registered.clientSecret}`).toString("base64");

  const party: TestParty = {
    idp,
    config,
    authorization: `Basic ${basic}`,
    control: createDevIdpControl(idp.issuer),
    async authorizationUrl(params = {}) {
      const codeVerifier = client.randomPKCECodeVerifier();
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK,
        scope: SCOPE,
        resource: NOTES,
        state: "test-state",
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: "S256",
        ...params,
      });
      return { url, codeVerifier };
    },
    exchange: (callbackUrl, codeVerifier) =>
      client.authorizationCodeGrant(config, new URL(callbackUrl), {
        pkceCodeVerifier: codeVerifier,
        expectedState: "test-state",
        idTokenExpected: true,
      }),
    async signIn(username = "ada", jar = createCookieJar(), params = {}) {
      const { url, codeVerifier } = await party.authorizationUrl(params);
      const callbackUrl = await signInByForm({
        authorizationUrl: url.href,
        username,
        password: "ticket",
        cookieJar: jar,
      });
      const tokens = await party.exchange(callbackUrl, codeVerifier);
      return { tokens, refreshToken: tokens.refresh_token ?? "", jar };
    },
    post: (path, form) =>
      fetch(new URL(path, idp.issuer), {
        method: "POST",
        headers: { authorization: party.authorization },
        body: new URLSearchParams(form),
      }),
  };
  return party;
}
