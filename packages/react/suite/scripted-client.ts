import { createClient, type ClientOptions, type CoatcheckClient } from "@coatcheck/client";
import type { AnonymousReason, SessionView, SignedInView } from "@coatcheck/contract";

/** A real client whose server is a function, on a page of its own. */
export interface ScriptedClient {
  client: CoatcheckClient;
  /** What `GET /bff/session` answers. */
  session: SessionView;
  /** Answers by path. */
  routes: Record<string, () => Response | Promise<Response>>;
  readonly calls: string[];
  readonly left: string[];
}

export function person(name: string): SignedInView {
  const now = Date.now();
  return {
    state: "active",
    user: { sub: name, name },
    userKey: `key-of-${name}`,
    ticket: "0417",
    generation: 1,
    now,
    signedInAt: now,
    idleDeadline: now + 1_800_000,
    absoluteDeadline: now + 43_200_000,
    accessTokenExpiresAt: now + 30_000,
    refresh: "possible",
  };
}

export function nobody(reason: AnonymousReason = "none"): SessionView {
  return {
    state: "anonymous",
    reason,
    now: Date.now(),
  };
}

export function createScriptedClient(session: SessionView, options: ClientOptions = {}): ScriptedClient {
  const calls: string[] = [];
  const left: string[] = [];
  const scripted: ScriptedClient = {
    session,
    routes: {},
    calls,
    left,
    client: createClient({
      channelName: crypto.randomUUID(),
      navigate: (url) => left.push(url),
      // No test is about the watch, which asks in between.
      watchMs: 3_600_000,
      ...options,
      fetch: async (input) => {
        const { pathname, search } = new URL((input as Request).url);
        calls.push(pathname + search);
        if (pathname === "/bff/session") return Response.json(scripted.session);
        return (await scripted.routes[pathname]?.()) ?? new Response("Not here.", { status: 404 });
      },
    }),
  };
  return scripted;
}
