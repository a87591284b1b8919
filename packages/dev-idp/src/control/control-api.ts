import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { controlSchemas, type SentLogout } from "./control-contract.ts";
import type { Counters } from "./counters.ts";
import type { FaultBoard } from "./fault-board.ts";
import { controlRefusal } from "./loopback-guard.ts";
import type { LogoutRequest } from "../logout-sender.ts";
import type { MemoryStore } from "../memory-store.ts";
import { readRequestBody } from "../request-body.ts";
import type { TokenLifetimes } from "../token-lifetimes.ts";

export interface ControlApiParts {
  readonly counters: Counters;
  readonly faults: FaultBoard;
  readonly lifetimes: TokenLifetimes;
  readonly store: MemoryStore;
  readonly knownUsers: ReadonlySet<string>;
  sendLogouts(request: LogoutRequest): Promise<readonly SentLogout[]>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** Thrown for requests that are wrong; the text is for the developer who sent it. */
class BadRequest extends Error {}

const MAX_BODY_BYTES = 2_000_000;

/** Answers `/control/*`: switches faults, reads counters, ends grants and sessions. Loopback only, never from a page. */
export function createControlApi(
  parts: ControlApiParts,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> {
  const { counters, faults, lifetimes, store } = parts;

  function checkUser(user: string | undefined): void {
    if (user === undefined || parts.knownUsers.has(user)) return;
    throw new BadRequest(`user: nobody here is called ${user}; known: ${[...parts.knownUsers].join(", ")}.`);
  }

  /** Method and path below `/control`; the body is parsed JSON. */
  const routes: Record<string, (body: unknown, url: URL) => Answer | Promise<Answer>> = {
    "GET /counters": (_body, url) => {
      const user = url.searchParams.get("user") ?? undefined;
      checkUser(user);
      return { status: 200, body: counters.read(user) };
    },
    "GET /faults": () => ({ status: 200, body: { faults: faults.list() } }),
    "POST /faults": (body) => {
      const fault = parse(controlSchemas.fault, body);
      checkUser(fault.user);
      if (
        fault.when === "after" &&
        !["token", "userinfo", "introspection", "revocation"].includes(fault.endpoint)
      ) {
        throw new BadRequest(
          "when: `after` is possible at token, userinfo, introspection and revocation only.",
        );
      }
      return { status: 201, body: faults.add(fault) };
    },
    "DELETE /faults": () => ({ status: 200, body: { cleared: faults.clear() } }),
    "POST /release": (body) => ({
      status: 200,
      body: { released: faults.release(parse(controlSchemas.release, body).id) },
    }),
    "POST /held": async (body) => {
      const { atLeast, withinMs, id } = parse(controlSchemas.held, body);
      return { status: 200, body: { isHeld: await faults.waitUntilHeld(atLeast, withinMs, id) } };
    },
    "PUT /access-token-lifetime": (body) => {
      const { seconds, user } = parse(controlSchemas.accessTokenLifetime, body);
      checkUser(user);
      lifetimes.set(seconds, user);
      return { status: 200, body: { seconds: lifetimes.secondsFor(user) } };
    },
    "POST /revoke-grants": (body) => {
      const { user } = parse(controlSchemas.person, body);
      checkUser(user);
      const revoked = store.revokeGrantsOf(user);
      counters.add("grantsRevoked", user, revoked);
      return { status: 200, body: { revoked } };
    },
    "POST /end-session": (body) => {
      const { user } = parse(controlSchemas.person, body);
      checkUser(user);
      return { status: 200, body: { ended: store.endSessionsOf(user) } };
    },
    "POST /backchannel-logout": async (body) => {
      const request = parse(controlSchemas.backchannelLogout, body);
      checkUser(request.user);
      return { status: 200, body: { sent: await parts.sendLogouts(request) } };
    },
    "POST /reset": (body) => {
      parse(controlSchemas.reset, body);
      faults.clear();
      lifetimes.reset();
      counters.reset();
      return { status: 200, body: {} };
    },
  };

  async function answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const refusal = controlRefusal(request);
    if (refusal !== undefined) return { status: 403, body: { error: refusal } };
    const path = url.pathname.slice("/control".length);
    const single = /^\/faults\/(\d{1,15})$/.exec(path);
    if (request.method === "DELETE" && single?.[1] !== undefined) {
      const cleared = faults.clear(Number(single[1]));
      return { status: cleared === 0 ? 404 : 200, body: { cleared } };
    }
    const route = routes[`${request.method ?? ""} ${path}`];
    if (route === undefined) {
      return {
        status: 404,
        body: { error: `There is no such route. Known: ${Object.keys(routes).join(", ")}.` },
      };
    }
    return route(await readJson(request), url);
  }

  return async (request, response, url) => {
    let result: Answer;
    try {
      result = await answer(request, url);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      result = { status: 400, body: { error: error.message } };
    }
    response.writeHead(result.status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(result.body ?? {}));
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new BadRequest(z.prettifyError(result.error));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (request.method === "GET" || request.method === "DELETE") return undefined;
  const body = await readRequestBody(request, MAX_BODY_BYTES);
  if (body === undefined) throw new BadRequest(`The body is larger than ${MAX_BODY_BYTES} bytes.`);
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadRequest(`The body is not JSON: ${error.message}`);
  }
}
