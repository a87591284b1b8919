import { Hono } from "hono";
import type { Context } from "hono";
import { base64url } from "jose";
import { recordRequest } from "./recorded-request.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import type { SimulatedInternet } from "./simulated-internet.ts";

export interface GithubStandInOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly nowMs: () => number;
  /** `app`: a GitHub App, whose tokens expire and rotate; `oauth-app`: one token, for good. Default `app`. */
  readonly kind?: "app" | "oauth-app";
  /** Default 28,800, as GitHub's. */
  readonly accessTokenSeconds?: number;
  /** `iss` in the answers at the callback, as GitHub sent it for some days in 2026. Default: none. */
  readonly iss?: string;
}

interface Person {
  readonly login: string;
  readonly id: number;
  readonly name: string | null;
  readonly email: string;
}

/** One consent of one person, and the tokens that it gave. */
interface Authorization {
  readonly person: Person;
  readonly scope: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly issuedAtMs: number;
}

interface TokenPair extends Authorization {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAtMs: number;
  readonly refreshExpiresAtMs: number;
  state: "live" | "spent" | "revoked";
}

export interface GithubStandIn {
  /** Everything on one host, as GitHub Enterprise Server has it: the API under `/api/v3`. */
  readonly app: Hono;
  /** Takes GitHub's hosts. */
  connectTo(internet: SimulatedInternet): void;
  /** Is the browser and the person; returns the callback's query string. */
  signIn(authorizationUrl: string, login?: "ada" | "ines"): Promise<string>;
  /** What the person does at https://github.com/settings/apps/authorizations. */
  removeAccess(): void;
  readonly requests: readonly RecordedRequest[];
  requestsTo(path: string): readonly RecordedRequest[];
  /** Refresh tokens that came a second time. */
  reuseCount(): number;
  /** Tokens that work now. */
  liveTokens(): readonly {
    readonly login: string;
    readonly accessToken: string;
    readonly refreshToken: string;
  }[];
  issuedSecrets(): readonly string[];
}

const PEOPLE: readonly Person[] = [
  { login: "ada", id: 583_231, name: "Ada of the simulation", email: "ada@github.example" },
  { login: "ines", id: 583_232, name: null, email: "ines@github.example" },
];
const SIX_MONTHS_SECONDS = 15_897_600;
const CODE_LIFE_MS = 600_000;

/**
 * Shaped like GitHub's documentation, not like a recording of it: refusals with status 200, form-encoded unless `Accept` says JSON,
 * scopes parted by commas, refresh tokens that work once and end the access token that they came with, `DELETE` with basic
 * authentication instead of revocation.
 *
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
export function createGithubStandIn(options: GithubStandInOptions): GithubStandIn {
  const { clientId, clientSecret, nowMs, kind = "app", accessTokenSeconds = 28_800 } = options;
  const requests: RecordedRequest[] = [];
  const codes = new Map<string, Authorization>();
  const secrets = new Set([clientSecret]);
  let pairs: readonly TokenPair[] = [];
  let reuses = 0;

  function newSecret(prefix: string): string {
    const secret = `${prefix}_${base64url.encode(crypto.getRandomValues(new Uint8Array(24)))}`;
    secrets.add(secret);
    return secret;
  }

  function issue(authorization: Authorization): Record<string, string | number> {
    const isExpiring = kind === "app";
    const pair: TokenPair = {
      ...authorization,
      accessToken: newSecret(isExpiring ? "ghu" : "gho"),
      refreshToken: isExpiring ? newSecret("ghr") : "",
      expiresAtMs: isExpiring ? nowMs() + accessTokenSeconds * 1_000 : Number.POSITIVE_INFINITY,
      refreshExpiresAtMs: nowMs() + SIX_MONTHS_SECONDS * 1_000,
      state: "live",
    };
    pairs = [...pairs, pair];
    return {
      access_token: pair.accessToken,
      ...(isExpiring
        ? {
            expires_in: accessTokenSeconds,
            refresh_token: pair.refreshToken,
            refresh_token_expires_in: SIX_MONTHS_SECONDS,
          }
        : {}),
      // A GitHub App's tokens have permissions and no scopes.
      scope: isExpiring ? "" : authorization.scope.split(" ").join(","),
      token_type: "bearer",
    };
  }

  function findLive(accessToken: unknown): TokenPair | undefined {
    return pairs.find(
      (pair) => pair.accessToken === accessToken && pair.state === "live" && pair.expiresAtMs > nowMs(),
    );
  }

  function answer(context: Context, body: Record<string, string | number>): Response {
    if (context.req.header("accept")?.includes("application/json") === true) return context.json(body);
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(body)) form.set(name, String(value));
    return context.body(form.toString(), 200, { "content-type": "application/x-www-form-urlencoded" });
  }

  async function redeem(form: URLSearchParams): Promise<Record<string, string | number>> {
    if (form.get("client_id") !== clientId || form.get("client_secret") !== clientSecret)
      return refusal("incorrect_client_credentials");
    if (form.get("grant_type") === "refresh_token") {
      const pair = pairs.find(({ refreshToken }) => refreshToken === form.get("refresh_token"));
      if (pair?.state === "spent") reuses += 1;
      if (pair?.state !== "live" || pair.refreshExpiresAtMs <= nowMs()) return refusal("bad_refresh_token");
      pair.state = "spent";
      return issue(pair);
    }
    const code = form.get("code") ?? "";
    const authorization = codes.get(code);
    codes.delete(code);
    if (authorization === undefined || authorization.issuedAtMs + CODE_LIFE_MS <= nowMs())
      return refusal("bad_verification_code");
    if (form.get("redirect_uri") !== authorization.redirectUri) return refusal("redirect_uri_mismatch");
    const isBound = authorization.challenge === (await challengeOf(form.get("code_verifier") ?? ""));
    return authorization.challenge === "" || isBound
      ? issue(authorization)
      : refusal("bad_verification_code");
  }

  const login = new Hono();
  login.get("/authorize", (context) => {
    const query = new URL(context.req.url).searchParams;
    if (query.get("client_id") !== clientId) return context.notFound();
    const buttons = PEOPLE.map(
      (person) => `<button name="login" value="${person.login}">Authorize as ${person.login}</button>`,
    );
    return context.html(
      `<!doctype html><html lang="en"><title>Sign in</title><form method="post">${buttons.join("")}</form></html>`,
    );
  });
  login.post("/authorize", async (context) => {
    const query = new URL(context.req.url).searchParams;
    const { form } = await recordRequest(context.req.raw);
    const person = PEOPLE.find((one) => one.login === form.get("login"));
    const redirectUri = query.get("redirect_uri") ?? "";
    if (query.get("client_id") !== clientId || person === undefined) return context.notFound();
    const code = newSecret("code");
    codes.set(code, {
      person,
      scope: query.get("scope") ?? "",
      redirectUri,
      challenge: query.get("code_challenge") ?? "",
      issuedAtMs: nowMs(),
    });
    const back = new URLSearchParams({
      code,
      state: query.get("state") ?? "",
      ...(options.iss === undefined ? {} : { iss: options.iss }),
    });
    return context.redirect(`${redirectUri}?${back.toString()}`);
  });
  login.post("/access_token", async (context) => {
    const { form } = await recordRequest(context.req.raw);
    return answer(context, await redeem(form));
  });

  const api = new Hono();
  api.use(async (context, next) => {
    if (context.req.header("user-agent") === undefined)
      return context.text("Request forbidden by administrative rules.", 403);
    return next();
  });
  function ofBearer(context: Context): TokenPair | undefined {
    return findLive(/^(?:Bearer|token) (.+)$/.exec(context.req.header("authorization") ?? "")?.[1]);
  }
  const badCredentials = { message: "Bad credentials", status: "401" };
  api.get("/user", (context) => {
    const pair = ofBearer(context);
    if (pair === undefined) return context.json(badCredentials, 401);
    const { login: name, id, name: fullName } = pair.person;
    return context.json({
      login: name,
      id,
      node_id: `MDQ6VXNlcg${id}`,
      avatar_url: `https://avatars.example/u/${id}`,
      html_url: `https://github.com/${name}`,
      name: fullName,
      email: null,
      plan: { name: "free" },
    });
  });
  api.get("/user/emails", (context) => {
    const pair = ofBearer(context);
    if (pair === undefined) return context.json(badCredentials, 401);
    if (kind === "oauth-app" && !pair.scope.split(" ").includes("user:email"))
      return context.json({ message: "Not Found" }, 404);
    const { email } = pair.person;
    return context.json([
      { email: `old.${email}`, primary: false, verified: true, visibility: null },
      { email, primary: true, verified: true, visibility: "private" },
    ]);
  });
  const isClient = (context: Context): boolean =>
    context.req.header("authorization") === `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
  async function ofBody(context: Context): Promise<TokenPair | undefined> {
    const { access_token: accessToken } = await context.req.json<Record<string, unknown>>();
    return findLive(accessToken);
  }
  api.post(`/applications/${clientId}/token`, async (context) => {
    if (!isClient(context)) return context.json(badCredentials, 401);
    const pair = await ofBody(context);
    if (pair === undefined) return context.json({ message: "Not Found" }, 404);
    const { expiresAtMs } = pair;
    return context.json({
      id: 1,
      token: pair.accessToken,
      scopes: kind === "app" ? [] : pair.scope.split(" "),
      expires_at: Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null,
      user: { login: pair.person.login, id: pair.person.id },
    });
  });
  for (const [what, isGrant] of [
    ["token", false],
    ["grant", true],
  ] as const) {
    api.delete(`/applications/${clientId}/${what}`, async (context) => {
      if (!isClient(context)) return context.json(badCredentials, 401);
      const pair = await ofBody(context);
      if (pair === undefined) return context.json({ message: "Validation Failed" }, 422);
      for (const one of pairs)
        if (one === pair || (isGrant && one.person === pair.person)) one.state = "revoked";
      return context.body(null, 204);
    });
  }

  const app = new Hono();
  app.use(async (context, next) => {
    requests.push(await recordRequest(context.req.raw));
    return next();
  });
  app.route("/login/oauth", login);
  app.route("/api/v3", api);
  const apiAlone = new Hono();
  apiAlone.use(async (context, next) => {
    requests.push(await recordRequest(context.req.raw));
    return next();
  });
  apiAlone.route("/", api);

  return {
    app,
    requests,
    requestsTo: (path) => requests.filter(({ url }) => url.pathname.endsWith(path)),
    reuseCount: () => reuses,
    liveTokens: () =>
      pairs
        .filter(({ state }) => state === "live")
        .map(({ person, accessToken, refreshToken }) => ({ login: person.login, accessToken, refreshToken })),
    issuedSecrets: () => [...secrets],
    connectTo(internet) {
      internet.connect("github.com", app);
      internet.connect("api.github.com", apiAlone);
    },
    async signIn(authorizationUrl, person = "ada") {
      const body = new URLSearchParams({ login: person });
      const response = await app.request(authorizationUrl, { method: "POST", body });
      const location = response.headers.get("location");
      if (location === null) throw new Error(`GitHub's stand-in answered ${response.status}`);
      return new URL(location).search.slice(1);
    },
    removeAccess() {
      for (const pair of pairs) pair.state = "revoked";
    },
  };
}

function refusal(error: string): Record<string, string> {
  return { error, error_description: "As GitHub says it.", error_uri: "https://docs.github.com/" };
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url.encode(new Uint8Array(digest));
}
