import {
  BFF_PATHS,
  PROBLEM_HEADER,
  PROBLEM_STATUS,
  type AnonymousReason,
  type ProblemCode,
  type SessionView,
  type SignedInView,
} from "@coatcheck/contract";
import { createClient, type ClientOptions, type CoatcheckClient } from "../client.ts";
import type { UserClaims } from "../user-claims.ts";

/** What an API answers: JSON, or a function of the request. */
export type TestRoute = ((request: Request) => unknown) | object | string | number | null;

export interface TestClientOptions extends Omit<ClientOptions, "fetch" | "navigate"> {
  /** Who is signed in: a name, or claims. Default: nobody. */
  readonly user?: string | UserClaims;
  /** Answers of APIs by method and path, `"GET /api/notes"`. A `Response` is taken as it is, anything else as JSON. */
  readonly routes?: Readonly<Record<string, TestRoute>>;
}

/** A client for unit and component tests: a real one, whose server is made of functions. */
export interface TestClient {
  readonly client: CoatcheckClient;
  /** Somebody signs in, as in another tab; resolves when the client knows. */
  readonly signIn: (user: string | UserClaims) => Promise<void>;
  /** The session ends on the server; resolves when the client knows. Default reason: `signed_out`. */
  readonly endSession: (reason?: AnonymousReason) => Promise<void>;
  /** The next call of an API is refused with this problem, as the BFF would. */
  readonly failNext: (code: ProblemCode, more?: Readonly<Record<string, unknown>>) => void;
  /** Every request as `"GET /api/notes?all=1"`, but those for the session. */
  readonly calls: readonly string[];
  /** Addresses for which the page was left: sign-in and sign-out. */
  readonly left: readonly string[];
}

const MINUTE_MS = 60_000;
/** Where there is no page. */
const ORIGIN = "http://localhost:3000";

/**
 * Makes a client for tests of an app: give it to `CoatcheckProvider`, or use it alone. No network, no provider.
 *
 * Without a session API calls are refused as by the BFF (401 `no_session`), whatever `routes` says.
 */
export function createTestClient(options: TestClientOptions = {}): TestClient {
  const { user, routes = {}, ...clientOptions } = options;
  const calls: string[] = [];
  const left: string[] = [];
  const refusals: Response[] = [];
  let view = user === undefined ? nobody("none") : signedIn(user, 1);

  async function answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (pathname === BFF_PATHS.session) return Response.json({ ...view, now: Date.now() });
    calls.push(`${request.method} ${pathname}${search}`);
    const refusal = pathname.startsWith("/bff/") ? undefined : refusals.shift();
    if (refusal !== undefined) return refusal;
    if (view.state === "anonymous") return problem("no_session", { reason: view.reason });
    return answerOwn(request, pathname, view) ?? answerRoute(request, pathname);
  }

  /** The BFF's own routes, as far as they need no provider. */
  function answerOwn(request: Request, path: string, session: SignedInView): Response | undefined {
    switch (path) {
      case BFF_PATHS.activity:
        return Response.json(session);
      case BFF_PATHS.refresh:
        view = { ...session, generation: session.generation + 1 };
        return Response.json(view);
      case BFF_PATHS.userinfo:
        return routes[`${request.method} ${path}`] === undefined ? Response.json(session.user) : undefined;
      case BFF_PATHS.logout:
        view = nobody("signed_out");
        return Response.json({ next: "/" });
      default:
        return undefined;
    }
  }

  async function answerRoute(request: Request, path: string): Promise<Response> {
    const name = `${request.method} ${path}`;
    const route = routes[name];
    if (route === undefined) {
      const known = Object.keys(routes).join(", ") || "none";
      return new Response(`createTestClient has no route "${name}"; it has: ${known}.`, { status: 404 });
    }
    const body: unknown =
      typeof route === "function" ? await (route as (request: Request) => unknown)(request) : route;
    return body instanceof Response ? body : Response.json(body);
  }

  const client = createClient({
    // Each test has a page of its own: tabs would hear one another.
    channelName: `test-${crypto.randomUUID()}`,
    // Nothing is asked in between.
    watchMs: 60 * MINUTE_MS,
    baseUrl: typeof window === "undefined" ? ORIGIN : "",
    ...clientOptions,
    navigate: (url) => left.push(url),
    fetch: (input, init) => answer(new Request(input, init)),
  });

  async function change(next: SessionView): Promise<void> {
    view = next;
    await client.session.check();
    // The first may have joined a question that was answered before.
    await client.session.check();
  }

  return {
    client,
    calls,
    left,
    async signIn(who) {
      await change(signedIn(who, 1));
    },
    async endSession(reason = "signed_out") {
      await change(nobody(reason));
    },
    failNext: (code, more) => refusals.push(problem(code, more)),
  };
}

function signedIn(user: string | UserClaims, generation: number): SessionView {
  const claims = typeof user === "string" ? { sub: user, name: user } : user;
  const now = Date.now();
  return {
    state: "active",
    user: { ...claims },
    userKey: `key-of-${claims.sub}`,
    ticket: "0417",
    generation,
    now,
    signedInAt: now,
    idleDeadline: now + 30 * MINUTE_MS,
    absoluteDeadline: now + 720 * MINUTE_MS,
    accessTokenExpiresAt: now + 5 * MINUTE_MS,
    refresh: "possible",
  };
}

function nobody(reason: AnonymousReason): SessionView {
  return { state: "anonymous", reason, now: Date.now() };
}

function problem(code: ProblemCode, more: Readonly<Record<string, unknown>> = {}): Response {
  const status = PROBLEM_STATUS[code];
  return Response.json(
    { type: "about:blank", title: code, status, code, ...more },
    { status, headers: { "content-type": "application/problem+json", [PROBLEM_HEADER]: code } },
  );
}
