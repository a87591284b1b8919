import * as z from "zod";
import type { IssuedSecret } from "../issued-secrets.ts";
import type { LogoutRequest } from "../logout-sender.ts";
import type { MemoryStore } from "../memory-store.ts";
import type { ResolvedClient } from "../options/option-schemas.ts";
import type { ClientSecrets } from "./client-secrets.ts";
import type { People } from "../people.ts";
import type { TokenLifetimes } from "../token-lifetimes.ts";
import { controlSchemas, type DevIdpSetup, type SentLogout } from "./control-contract.ts";
import type { Counters } from "./counters.ts";
import type { FaultBoard } from "./fault-board.ts";

export interface ControlParts {
  readonly counters: Counters;
  readonly faults: FaultBoard;
  readonly lifetimes: TokenLifetimes;
  readonly clientSecrets: ClientSecrets;
  readonly store: MemoryStore;
  readonly people: People;
  readonly clients: readonly ResolvedClient[];
  readonly resources: readonly { readonly indicator: string }[];
  issuedSecrets(): readonly IssuedSecret[];
  sendLogouts(request: LogoutRequest): Promise<readonly SentLogout[]>;
}

export interface ControlAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/**
 * One call of the control API, whoever makes it: the HTTP API or the page.
 *
 * @param call method and path below `/control`, such as `POST /faults`
 * @throws {BadControlCall} with what is wrong
 */
export type ControlCalls = (
  call: string,
  body: unknown,
  query?: URLSearchParams,
) => ControlAnswer | Promise<ControlAnswer>;

/** Thrown for calls that are wrong; the text is for the developer who made it. */
export class BadControlCall extends Error {}

/** Switches faults, reads counters, ends grants and sessions. */
export function createControlCalls(parts: ControlParts): ControlCalls {
  const { counters, faults, lifetimes, clientSecrets, store, people } = parts;

  function checkUser(user: string | undefined): void {
    if (user === undefined || people.bySub(user) !== undefined) return;
    const known = people.list().map(({ sub }) => sub);
    throw new BadControlCall(`user: nobody here is called ${user}; known: ${known.join(", ")}.`);
  }

  function userOf(query: URLSearchParams | undefined): string | undefined {
    const user = query?.get("user") ?? undefined;
    checkUser(user);
    return user;
  }

  const routes: Record<string, (body: unknown, query?: URLSearchParams) => ReturnType<ControlCalls>> = {
    "GET /counters": (_body, query) => ({ status: 200, body: counters.read(userOf(query)) }),
    "GET /setup": () => ({
      status: 200,
      body: {
        users: people.list(),
        resources: parts.resources.map(({ indicator }) => indicator),
        clients: parts.clients.map(({ clientId, redirectUris, backchannelLogoutUri = null }) => ({
          clientId,
          redirectUris,
          backchannelLogoutUri,
        })),
      } satisfies DevIdpSetup,
    }),
    "GET /issued-secrets": () => ({ status: 200, body: { secrets: parts.issuedSecrets() } }),
    "PUT /users": (body) => {
      const user = parse(controlSchemas.user, body);
      const refusal = people.put(user);
      if (refusal !== undefined) throw new BadControlCall(refusal);
      return { status: 200, body: user };
    },
    "GET /faults": () => ({ status: 200, body: { faults: faults.list() } }),
    "POST /faults": (body) => {
      const fault = parse(controlSchemas.fault, body);
      checkUser(fault.user);
      if (
        fault.when === "after" &&
        !["token", "userinfo", "introspection", "revocation"].includes(fault.endpoint)
      ) {
        throw new BadControlCall(
          "when: `after` is possible at token, userinfo, introspection and revocation only.",
        );
      }
      return { status: 201, body: faults.add(fault) };
    },
    "DELETE /faults": (_body, query) => {
      const user = userOf(query);
      const own = faults.list().filter(({ fault }) => fault.user === user);
      const cleared =
        user === undefined ? faults.clear() : own.reduce((sum, { id }) => sum + faults.clear(id), 0);
      return { status: 200, body: { cleared } };
    },
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
      const before = lifetimes.set(seconds, user);
      return { status: 200, body: { seconds: lifetimes.secondsFor(user), before } };
    },
    "PUT /client-secrets": (body) => {
      const { clientId, secrets } = parse(controlSchemas.clientSecrets, body);
      const client = parts.clients.find((one) => one.clientId === clientId);
      if (!["client_secret_basic", "client_secret_post"].includes(client?.tokenEndpointAuthMethod ?? ""))
        throw new BadControlCall(`clientId: no client ${clientId} shows a secret.`);
      clientSecrets.set(clientId, secrets);
      return { status: 200, body: {} };
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
      clientSecrets.reset();
      counters.reset();
      return { status: 200, body: {} };
    },
  };

  return (call, body, query) => {
    const single = /^DELETE \/faults\/(\d{1,15})$/.exec(call);
    if (single?.[1] !== undefined) {
      const cleared = faults.clear(Number(single[1]));
      return { status: cleared === 0 ? 404 : 200, body: { cleared } };
    }
    const route = routes[call];
    if (route !== undefined) return route(body, query);
    const known = Object.keys(routes).join(", ");
    return { status: 404, body: { error: `There is no such route. Known: ${known}.` } };
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new BadControlCall(z.prettifyError(result.error));
}
