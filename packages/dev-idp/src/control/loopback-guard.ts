import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";

const LOOPBACK_NAME = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?$/;

/**
 * Why a request must not reach the control page, or `undefined`: forms are sent by the page itself, at a loopback name.
 *
 * Reading it changes nothing, so that a link may lead there.
 */
export function controlPageRefusal({ method, headers, socket }: IncomingMessage): string | undefined {
  const { host, origin } = headers;
  const scheme = socket instanceof TLSSocket ? "https" : "http";
  if (!isLoopbackName(host)) return "This page is there under loopback names only.";
  if (method === "POST" && origin !== `${scheme}://${host}`) return "This form was not sent by this page.";
  return undefined;
}

function isLoopbackName(host: string | undefined): host is string {
  return host !== undefined && LOOPBACK_NAME.test(host);
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
