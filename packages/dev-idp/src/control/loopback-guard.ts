import type { IncomingMessage } from "node:http";

const LOOPBACK_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Why a request must not reach the control page, or `undefined`: forms are sent by the page itself, at a loopback name.
 *
 * Reading it changes nothing, so that a link may lead there.
 */
export function controlPageRefusal({ method, headers }: IncomingMessage): string | undefined {
  const { host, origin } = headers;
  if (!isLoopbackName(host)) return "This page is there under loopback names only.";
  if (method === "POST" && origin !== `http://${host}`) return "This form was not sent by this page.";
  return undefined;
}

function isLoopbackName(host: string | undefined): host is string {
  return host !== undefined && LOOPBACK_NAMES.has(host.replace(/:\d+$/, ""));
}

/** Why a request must not reach the control API, or `undefined`: no web page may drive it, not even by DNS rebinding. */
export function controlRefusal(request: IncomingMessage): string | undefined {
  const { host, origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  if (origin !== undefined)
    return "Requests with an Origin header come from web pages; the control API refuses them.";
  if (site !== undefined && site !== "none") {
    return "Requests with Sec-Fetch-Site come from web pages; the control API refuses them.";
  }
  return isLoopbackName(host) ? undefined : "The control API answers under loopback names only.";
}
