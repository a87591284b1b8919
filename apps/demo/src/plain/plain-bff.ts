import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { startLoopbackServer } from "../loopback-server.ts";

/**
 * A plain BFF as tutorials build it, for comparison: sessions in memory behind an HttpOnly cookie, tokens on the server, and
 * before each call a refresh if the access token has expired. It keeps tokens from the page as it should.
 *
 * What it lacks is single flight: two calls that find the token expired at the same time both refresh. Under rotation with
 * reuse detection the second spends a refresh token twice, and the provider revokes the whole grant.
 */
export interface PlainBffOptions {
  /** `http://localhost:<port>` */
  readonly origin: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  readonly resource: string;
  readonly apiUrl: string;
}

interface PlainSession {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

interface PlainAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

const COOKIE = "plain-session";

/** Starts it. The paths are those of the demo's own BFF, so that one script drives both. */
export async function startPlainBff(options: PlainBffOptions): Promise<{ close(): Promise<void> }> {
  const { origin, issuer, clientId, clientSecret, scope, resource, apiUrl } = options;
  const redirectUri = `${origin}/bff/callback`;
  const metadata = await fetch(`${issuer}/.well-known/openid-configuration`);
  const endpoints = (await metadata.json()) as { authorization_endpoint: string; token_endpoint: string };
  const sessions = new Map<string, PlainSession>();
  /** Code verifiers of sign-ins under way, by state. */
  const signIns = new Map<string, string>();

  async function askForTokens(
    parameters: Readonly<Record<string, string>>,
  ): Promise<PlainSession | undefined> {
    const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    const response = await fetch(endpoints.token_endpoint, {
      method: "POST",
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ ...parameters, resource }),
    });
    if (!response.ok) return undefined;
    const tokens = (await response.json()) as TokenAnswer;
    return {
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresAt: Date.now() + tokens.expires_in * 1_000,
    };
  }

  function beginSignIn(): PlainAnswer {
    const [state, codeVerifier] = [randomText(), randomText()];
    signIns.set(state, codeVerifier);
    const parameters = new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope,
      resource,
      state,
      code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    return {
      status: 302,
      headers: { location: `${endpoints.authorization_endpoint}?${parameters.toString()}` },
    };
  }

  async function finishSignIn({ searchParams }: URL): Promise<PlainAnswer> {
    const state = searchParams.get("state") ?? "";
    const codeVerifier = signIns.get(state);
    signIns.delete(state);
    if (codeVerifier === undefined) return { status: 400 };
    const session = await askForTokens({
      grant_type: "authorization_code",
      code: searchParams.get("code") ?? "",
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
    });
    if (session === undefined) return { status: 502 };
    const id = randomText();
    sessions.set(id, session);
    const cookie = `${COOKIE}=${id}; HttpOnly; SameSite=Lax; Path=/`;
    return { status: 303, headers: { location: "/", "set-cookie": cookie } };
  }

  async function callApi(id: string, url: URL): Promise<PlainAnswer> {
    const session = sessions.get(id);
    if (session === undefined) return { status: 401 };
    if (session.expiresAt <= Date.now()) {
      const refreshed = await askForTokens({
        grant_type: "refresh_token",
        refresh_token: session.refreshToken,
      });
      if (refreshed === undefined) {
        // The provider says that the grant is over: whoever it was has to sign in again.
        sessions.delete(id);
        return { status: 401 };
      }
      Object.assign(session, refreshed);
    }
    const path = url.pathname.replace("/api/notes", "");
    const response = await fetch(`${apiUrl}${path}${url.search}`, {
      headers: { authorization: `Bearer ${session.accessToken}` },
    });
    return { status: response.status, body: await response.text() };
  }

  async function answer(request: IncomingMessage): Promise<PlainAnswer> {
    const url = new URL(request.url ?? "/", origin);
    const id = new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1] ?? "";
    if (url.pathname === "/bff/login") return beginSignIn();
    if (url.pathname === "/bff/callback") return finishSignIn(url);
    if (url.pathname.startsWith("/api/notes")) return callApi(id, url);
    if (url.pathname === "/bff/demo/expire") {
      const session = sessions.get(id);
      if (session !== undefined) session.expiresAt = 0;
      return { status: session === undefined ? 401 : 200 };
    }
    return { status: 404 };
  }

  return startLoopbackServer(
    (request, response) => {
      answer(request).then(
        ({ status, headers = {}, body = "" }) => response.writeHead(status, headers).end(body),
        () => response.writeHead(502).end(),
      );
    },
    Number(new URL(origin).port),
  );
}

function randomText(): string {
  return randomBytes(32).toString("base64url");
}
