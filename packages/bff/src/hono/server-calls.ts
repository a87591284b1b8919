import { IDLE_HEADER, USER_HEADER } from "@coatcheck/contract";
import { createTarget } from "@coatcheck/proxy";
import type { HeaderList } from "@coatcheck/proxy";
import type { ForwardCall } from "../api/forward-call.ts";
import type { ApiRouteSettings } from "../config/bff-settings.ts";
import { upstreamCertificate } from "../config/token-proof.ts";
import type { Core } from "../parts.ts";
import { indexHeaders } from "../request/header-index.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import { requireSignedIn } from "../session/require-signed-in.ts";
import type { RouteEnv } from "./bff-env.ts";
import type { Middleware } from "./middleware.ts";
import { toWebResponse } from "./plain-http.ts";

/** A route's context, behind `bff.session()` or `bff.requireSession()`. */
export interface SessionContext {
  readonly var: object;
}

/** An access token for code of the server, or the answer that says why there is none. */
export type ServerAccessToken =
  | {
      readonly kind: "granted";
      readonly accessToken: string;
      /**
       * Present where the token is bound to a key (DPoP): send `Authorization: DPoP <token>` and what this makes as `DPoP`, a
       * new one with each request.
       */
      readonly proveKey?: (method: string, url: string) => Promise<string>;
    }
  | { readonly kind: "denied"; readonly response: Response };

export interface ServerCallInit extends RequestInit {
  /** Resource indicator (RFC 8707) that the access token is for. Default: the provider's own token. */
  readonly resource?: string;
  /** Further response headers to see, lower case; the others are those that pass on an API route. */
  readonly extraResponseHeaders?: readonly string[];
}

/** What people's own routes do with a session that stands in their context. */
export interface ServerCalls {
  /**
   * Calls an API with the session's access token, as an API route does: refreshed if need be, once more where the API refuses
   * it, with the same deadlines. Newer tokens leave with the route's own answer.
   *
   * The answer may go to the browser as it is: it has the headers that an API route lets pass, and a `Location` is a path of the
   * API. Without a token, or where the API can't be reached, it is the problem that the page would get.
   *
   * An answer that is still coming ends with the session.
   *
   * @param input an absolute https URL, or an http one of this machine
   * @throws {ProxyError} `config_invalid` for another address, and for headers that no API call may carry
   * @throws {TypeError} where no middleware has opened a session
   * @throws the reason of `init.signal`, where that is aborted before the answer; the body breaks off with it, too
   * @example app.get("/mine", bff.requireSession(), (c) => bff.fetch(c, "https://notes.internal/v1/mine"))
   */
  fetch(c: SessionContext, input: string | URL, init?: ServerCallInit): Promise<Response>;
  /**
   * Gets the session's access token, refreshed if need be. Return a denied one's `response` as it is. The token must not reach
   * the browser. Where tokens are bound to the application's certificate, the API wants to see that on the connection; `fetch` shows it.
   *
   * @param resource resource indicator (RFC 8707). Default: the provider's own token
   * @throws {TypeError} where no middleware has opened a session
   */
  accessToken(c: SessionContext, resource?: string): Promise<ServerAccessToken>;
}

const PREFIX = "/server";
const PLACES: ReadonlySet<string> = new Set(["location", "content-location"]);
const TIMEOUTS = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  eventStreamIdleTimeoutMs: "none",
} as const;

export function createServerCalls(
  forwardCall: ForwardCall,
  answerProblem: Middleware["answerProblem"],
  { fingerprints, providers }: Pick<Core, "fingerprints" | "providers">,
): ServerCalls {
  return {
    async fetch(c, input, init = {}) {
      const { bffRequest, requestSession } = openedIn(c);
      const { resource = "", extraResponseHeaders = [], signal, ...request } = init;
      signal?.throwIfAborted();
      const url = new URL(input);
      const web = new Request(url, request);
      // Read by code here, which gets the bytes as the API sends them.
      web.headers.set("accept-encoding", "identity");
      const body = request.body instanceof ReadableStream ? web.body : await wholeBody(web);
      const length = body instanceof Uint8Array ? [["content-length", String(body.byteLength)] as const] : [];
      const headers = [...web.headers, ...length];
      const { boundCertificate } = providers.of(requestSession.value ?? {});
      const asIssued = { tokenKind: "user", tokenProof: "as-issued" } as const;
      const target = createTarget({
        prefix: PREFIX,
        upstream: url.origin,
        ...upstreamCertificate({ ...asIssued, upstream: url.origin }, boundCertificate),
        allowEncodedSlashes: true,
        extraRequestHeaders: [...new Headers(request.headers).keys()],
        extraResponseHeaders,
        maxBodyBytes: Number.MAX_SAFE_INTEGER,
        ...TIMEOUTS,
      });
      const api: ApiRouteSettings = {
        target,
        methods: [web.method],
        resource,
        ...asIssued,
        allowsDownloads: false,
        demands: {},
      };
      const call: BffRequest = {
        ...bffRequest,
        headers: indexHeaders([...headers, ...saidByPage(bffRequest)]),
        plain: {
          method: web.method,
          rawTarget: PREFIX + url.pathname + url.search,
          headers,
          body,
          ...(signal === undefined || signal === null ? {} : { signal }),
        },
      };
      const answer = await forwardCall(call, api, requestSession);
      signal?.throwIfAborted();
      return answer.kind === "answered"
        ? toWebResponse({ ...answer.response, headers: withoutPrefix(answer.response.headers) }, c)
        : answerProblem(answer.problem, bffRequest.requestId);
    },
    async accessToken(c, resource = "") {
      const { bffRequest, requestSession } = openedIn(c);
      const denied = (problem: ProblemAnswer): ServerAccessToken => ({
        kind: "denied",
        response: answerProblem(problem, bffRequest.requestId),
      });
      const who = await requireSignedIn(requestSession, bffRequest, fingerprints);
      if (who.kind === "denied") return denied(who.problem);
      const token = await who.value.ensureFresh(resource);
      if (token.kind === "denied") return denied(token.problem);
      if (!bffRequest.headers.has(IDLE_HEADER)) requestSession.extend();
      const { token: accessToken } = token.value;
      const { dpopKey: key } = who.value.value;
      const { dpop } = providers.of(who.value.value).provider;
      if (key === undefined || dpop === undefined) return { kind: "granted", accessToken };
      const { prove } = dpop;
      const proveKey = (method: string, url: string) => prove({ key, method, url, accessToken });
      return { kind: "granted", accessToken, proveKey };
    },
  };
}

/** With its length it can be sent again, and reaches servers that take no body without one. */
async function wholeBody(web: Request): Promise<Uint8Array<ArrayBuffer> | null> {
  return web.body === null ? null : new Uint8Array(await web.arrayBuffer());
}

/** There is no route under our prefix: a place at the API is told by its own path. */
function withoutPrefix(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) =>
    PLACES.has(name) ? [name, value.slice(PREFIX.length) || "/"] : [name, value],
  );
}

/** For whom the page was rendered, and that nobody is at it, count for what its requests set off. */
function saidByPage({ headers }: BffRequest): HeaderList {
  return [USER_HEADER, IDLE_HEADER].flatMap((name) =>
    headers.all(name).map((value) => [name, value] as const),
  );
}

function openedIn(c: SessionContext): Pick<RouteEnv["Variables"], "bffRequest" | "requestSession"> {
  const { bffRequest, requestSession } = c.var as Partial<RouteEnv["Variables"]>;
  if (bffRequest === undefined || requestSession === undefined)
    throw new TypeError("put bff.session() or bff.requireSession() before the route that calls this");
  return { bffRequest, requestSession };
}
