import { PROBLEM_HEADER, PROBLEM_STATUS, type ProblemCode, type SessionView } from "@coatcheck/contract";

export const ORIGIN = "http://localhost:3000";
export const NOON = Date.parse("2026-11-21T12:00:00Z");
export const MINUTE = 60_000;

/** A view of somebody who has just signed in: 30 minutes idle, 12 hours absolute. */
export function signedInView(
  now: number,
  overrides: Partial<Extract<SessionView, { state: "active" }>> = {},
): Extract<SessionView, { state: "active" }> {
  return {
    state: "active",
    user: { sub: "ada", name: "Ada" },
    userKey: "key-of-ada",
    ticket: "0417",
    generation: 1,
    now,
    signedInAt: now,
    idleDeadline: now + 30 * MINUTE,
    absoluteDeadline: now + 720 * MINUTE,
    accessTokenExpiresAt: now + 30_000,
    refresh: "possible",
    ...overrides,
  };
}

export function problemResponse(code: ProblemCode, extra: Record<string, unknown> = {}): Response {
  const status = PROBLEM_STATUS[code];
  return new Response(JSON.stringify({ type: "about:blank", title: code, status, code, ...extra }), {
    status,
    headers: { "content-type": "application/problem+json", [PROBLEM_HEADER]: code },
  });
}

/** The server's half of the conversation: real `Request`s and `Response`s, no network. */
export interface ScriptedBff {
  fetch: typeof fetch;
  /** What `GET /bff/session` answers; a function is asked each time. */
  session: SessionView | (() => SessionView | Response | Promise<Response>);
  /** Answers of other routes by "METHOD /path". */
  routes: Record<string, (request: Request) => Response | Promise<Response>>;
  /** Nobody answers. */
  down: boolean;
  /** Every request as "METHOD /path?query". */
  readonly calls: string[];
  readonly requests: Request[];
}

export function createScriptedBff(session: ScriptedBff["session"]): ScriptedBff {
  const bff: ScriptedBff = {
    session,
    routes: {},
    down: false,
    calls: [],
    requests: [],
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const { pathname, search } = new URL(request.url);
      const call = `${request.method} ${pathname}`;
      bff.calls.push(call + search);
      bff.requests.push(request);
      if (bff.down) throw new TypeError("fetch failed");
      if (call === "GET /bff/session") {
        const answer = typeof bff.session === "function" ? await bff.session() : bff.session;
        return answer instanceof Response ? answer : Response.json(answer);
      }
      return bff.routes[call]?.(request) ?? new Response("Not here.", { status: 404 });
    },
  };
  return bff;
}

/** How often the session was asked about. */
export function checks(bff: ScriptedBff): number {
  return bff.calls.filter((call) => call === "GET /bff/session").length;
}
