import type { IncomingMessage } from "node:http";

const LOOPBACK_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Why a request must not reach the control API, or `undefined`: no web page may drive it, not even by DNS rebinding. */
export function controlRefusal(request: IncomingMessage): string | undefined {
  const { host, origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  if (origin !== undefined)
    return "Requests with an Origin header come from web pages; the control API refuses them.";
  if (site !== undefined && site !== "none") {
    return "Requests with Sec-Fetch-Site come from web pages; the control API refuses them.";
  }
  const name = host?.replace(/:\d+$/, "");
  if (name === undefined || !LOOPBACK_NAMES.has(name)) {
    return "The control API answers under loopback names only.";
  }
  return undefined;
}
