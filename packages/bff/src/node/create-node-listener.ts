import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import type { Bff } from "../create-bff.ts";
import { isProbe } from "../owned-paths.ts";
import { renderProblem } from "../response/render-problem.ts";
import { securityHeaders } from "../response/security-headers.ts";
import { answerDirectly, hasBody } from "./answer-directly.ts";
import { passOnAnswers } from "./pass-on-answer.ts";
import { readOn } from "./read-on.ts";

/** A listener for `http.createServer`. */
export type NodeListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * Which way API calls take.
 *
 * - `through-app`: through the Hono app like everything else, so that its middleware runs for them, too.
 * - `direct`: past the app, from Node's own request to Node's own response, for a part of the cost. The same guard and
 *   session, but no middleware of the app. Where the app is `bff.app` itself, `GET /bff/session` takes it, too.
 */
export type ApiCallWay = "through-app" | "direct";

/**
 * Makes the listener that serves an app with a BFF in it, for a server of one's own; `serve` does the rest, too.
 *
 * @param app has `bff.app` in it, or is it.
 */
export function createNodeListener(
  bff: Pick<Bff, "answerApiCall" | "answerDirectly" | "app">,
  app: Pick<Hono, "fetch">,
  { apiCalls = "through-app" }: { readonly apiCalls?: ApiCallWay } = {},
): NodeListener {
  const options = {
    errorHandler: answerError,
    // It closes the connection half a second after the answer.
    autoCleanupIncoming: false,
  };
  const fetch = passOnAnswers(app);
  const answerByApp = getRequestListener(fetch, options);
  // The name only makes a URL: probes are answered at any host.
  const answerProbe = getRequestListener(fetch, { ...options, hostname: "localhost" });
  // An app that is the BFF's own has no middleware that the session's view would miss.
  const answerPlain = app === bff.app ? bff.answerDirectly : bff.answerApiCall;
  return (incoming, outgoing) => {
    if (hasBody(incoming)) {
      if (incoming.readableDidRead) return refuseReadBody(outgoing);
      readOn(incoming, outgoing);
    }
    if (apiCalls === "direct" && answerDirectly(answerPlain, incoming, outgoing)) return;
    if (isProbeWithoutHost(incoming)) {
      answerProbe(incoming, outgoing).catch(() => outgoing.destroy());
      return;
    }
    if (!isHostOfUrl(incoming.headers.host)) {
      const { status, headers, body } = refusal("bad_request");
      outgoing.writeHead(status, headers).end(body);
      return;
    }
    answerByApp(incoming, outgoing).catch(() => outgoing.destroy());
  };
}

/** Without this, the API would get an empty body, or wait for one until its time-out. */
function refuseReadBody(outgoing: ServerResponse): void {
  process.emitWarning("A body parser has read the request's body: put the BFF before it (express.json()).", {
    type: "CoatcheckWarning",
    code: "COATCHECK_BODY_READ",
  });
  const { status, headers, body } = refusal("internal");
  outgoing.writeHead(status, headers).end(body);
}

/**
 * Load balancers check over HTTP/1.0 without `Host` (HAProxy's `option httpchk`), or with an empty one: without this, the app, which
 * needs a URL, would answer 400, and they would send nobody here.
 */
function isProbeWithoutHost({ method, url = "", headers, httpVersion }: IncomingMessage): boolean {
  const isHostless = headers.host === "" || (headers.host === undefined && httpVersion === "1.0");
  if (!isHostless || (method !== "GET" && method !== "HEAD")) return false;
  return isProbe(url);
}

/** HTTP allows hosts that no URL has, such as `a..7`: without this, the app would fail on them (S-142). */
function isHostOfUrl(host: string | undefined): boolean {
  return host === undefined || URL.canParse(`http://${host}/`);
}

/** A request of which no URL can be made never reaches the app; nor does an app that rejects leave anybody waiting. */
function answerError(error: unknown): Response {
  const { body, ...init } = refusal(error instanceof RequestError ? "bad_request" : "internal");
  return new Response(body, init);
}

function refusal(code: "bad_request" | "internal") {
  const { status, headers, body } = renderProblem({ code }, "none");
  const all = [...securityHeaders("data", { publicOrigin: "" }), ...headers];
  return { status, headers: Object.fromEntries(all), body: body as string };
}
