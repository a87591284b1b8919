import type { SessionView } from "@coatcheck/contract";
import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { BffEnv } from "./bff-env.ts";
import type { SessionContext } from "./server-calls.ts";

/** What is read of a request. A web `Request` fits, Node's `IncomingMessage`, and an object with the headers alone. */
export interface VisitRequest {
  /** Default `GET`. */
  readonly method?: string | undefined;
  /** Path and query, with or without an origin. Default `/`. */
  readonly url?: string | undefined;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string | undefined };
  readonly signal?: AbortSignal;
}

/** What a request finds where it isn't Hono that routes it. */
export type SessionVisit =
  | (SessionContext & {
      readonly kind: "opened";
      readonly session: SessionView;
      /**
       * Says which `Set-Cookie` lines have to leave with the answer. Call it last; where nothing can be set any more, leave it
       * out: newer tokens are found in the ledger, and only the idle deadline isn't extended.
       */
      close(): Promise<readonly string[]>;
    })
  | { readonly kind: "refused"; readonly response: Response };

export type Visit = (
  request: VisitRequest,
  ...middleware: readonly MiddlewareHandler<BffEnv>[]
) => Promise<SessionVisit>;

/** @param session opens the session into `c.var.session` */
export function createVisit(session: MiddlewareHandler<BffEnv>): Visit {
  return async function visit(request, ...middleware) {
    const opened = Promise.withResolvers<SessionVisit>();
    const closed = Promise.withResolvers<void>();
    const app = new Hono<BffEnv>();
    app.onError((error) => {
      throw error;
    });
    app.use("*", ...middleware, session);
    app.all("*", async (c) => {
      async function close(): Promise<readonly string[]> {
        closed.resolve();
        return (await answer).headers.getSetCookie();
      }
      opened.resolve({ kind: "opened", var: c.var, session: c.var.session, close });
      await closed.promise;
      return c.body(null);
    });
    const { method = "GET", url = "/", headers, socket = {}, signal } = request;
    const incoming = { url: url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/iu, "") || "/", socket };
    const web = new Request("http://localhost/", {
      method,
      headers: toHeaders(headers),
      ...(signal === undefined ? {} : { signal }),
    });
    const answer = Promise.resolve(app.fetch(web, { incoming }));
    const refused = answer.then((response): SessionVisit => ({ kind: "refused", response }));
    return Promise.race([opened.promise, refused]);
  };
}

function toHeaders(headers: VisitRequest["headers"]): Headers {
  // Another realm's is no instance of ours.
  if (Symbol.iterator in headers) return new Headers(headers);
  const found = new Headers();
  for (const [name, values] of Object.entries(headers)) {
    for (const value of values === undefined ? [] : [values].flat()) found.append(name, value);
  }
  return found;
}
