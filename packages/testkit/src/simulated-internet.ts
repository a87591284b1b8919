import { recordRequest } from "./recorded-request.ts";
import type { RecordedRequest } from "./recorded-request.ts";

/** A Hono app, or any function that answers a request. */
export type Host =
  | { fetch(request: Request): Response | Promise<Response> }
  | ((request: Request) => Response | Promise<Response>);

/**
 * What the network does to a host's requests.
 *
 * - `refused`, `dns`, `certificate`: nothing arrives.
 * - `reset_before`: the connection breaks, and the host hasn't processed it; `reset_after`: it has.
 * - `hang`: no answer until the caller gives up; `hang_after`: the host has processed it.
 * - `delay`: the request arrives when `until` is fulfilled.
 */
export type NetworkFault =
  | {
      readonly kind:
        | "refused"
        | "dns"
        | "certificate"
        | "reset_before"
        | "reset_after"
        | "hang"
        | "hang_after";
    }
  | { readonly kind: "delay"; readonly until: Promise<unknown> };

/** As the platform's, and with what a client shows where a server asks for a certificate. */
export interface SimulatedRequestInit extends RequestInit {
  /** PEM. The host finds it in `Client-Cert`, as behind a proxy that ends TLS. @see RFC 9440 section 2.2 */
  readonly clientCertificate?: { readonly cert: string };
}

export interface SimulatedInternet {
  /** As the platform's `fetch`: redirects are followed unless `redirect: "manual"`. Its own kind of `TypeError` on faults. */
  readonly fetch: (input: string | URL, init?: SimulatedRequestInit) => Promise<Response>;
  /** @param host with its port where that isn't the scheme's, as in `idp.example` or `127.0.0.1:4000`. */
  connect(host: string, handler: Host): void;
  disconnect(host: string): void;
  /** Until `heal`; one fault a host. */
  fault(host: string, fault: NetworkFault): void;
  heal(host: string): void;
  /** Everything that arrived, in order; also what was reset afterwards. */
  readonly requests: readonly RecordedRequest[];
  requestsTo(host: string): readonly RecordedRequest[];
}

const MAX_REDIRECTS = 20;
const CAUSE_CODES = {
  refused: "ECONNREFUSED",
  dns: "ENOTFOUND",
  certificate: "DEPTH_ZERO_SELF_SIGNED_CERT",
  reset: "ECONNRESET",
} as const;

/** A network in this process: requests go to handlers by host, and a host that nobody connected is an error of the test. */
export function createSimulatedInternet(): SimulatedInternet {
  const hosts = new Map<string, Host>();
  const faults = new Map<string, NetworkFault>();
  const requests: RecordedRequest[] = [];

  const deliver = async (request: Request): Promise<Response> => {
    const { host } = new URL(request.url);
    const handler = hosts.get(host);
    if (handler === undefined) throw new Error(`simulated internet: nobody connected the host ${host}`);
    const fault = faults.get(host);
    await failBefore(fault, request.signal);
    requests.push(await recordRequest(request));
    // Signals end the caller's waiting, never the host's work.
    const response = await (typeof handler === "function" ? handler(request) : handler.fetch(request));
    if (fault?.kind === "reset_after") throw networkError("reset");
    if (fault?.kind === "hang_after") await abortOf(request.signal);
    return unpacked(response);
  };

  const fetchOnce = (request: Request): Promise<Response> => {
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    return Promise.race([deliver(request), abortOf(request.signal)]);
  };

  const follow = async (request: Request, redirectsLeft: number): Promise<Response> => {
    const body = request.body === null ? null : await request.clone().text();
    const response = await fetchOnce(request);
    const location = response.headers.get("location");
    if (
      request.redirect === "manual" ||
      location === null ||
      response.status < 300 ||
      response.status > 399
    ) {
      return response;
    }
    if (request.redirect === "error" || redirectsLeft === 0) throw new TypeError("fetch failed");
    const keepsMethod = response.status === 307 || response.status === 308 || request.method === "GET";
    const next = new Request(new URL(location, request.url), {
      method: keepsMethod ? request.method : "GET",
      headers: request.headers,
      body: keepsMethod ? body : null,
      signal: request.signal,
      redirect: request.redirect,
    });
    return follow(next, redirectsLeft - 1);
  };

  return {
    requests,
    fetch: async (input, init = {}) => {
      const { clientCertificate, ...rest } = init;
      const request = new Request(input, rest);
      // Only what was shown counts, and not what a client says of itself.
      request.headers.delete("client-cert");
      if (clientCertificate !== undefined)
        request.headers.set("client-cert", `:${derOf(clientCertificate.cert)}:`);
      return follow(request, MAX_REDIRECTS);
    },
    connect: (host, handler) => void hosts.set(host, handler),
    disconnect: (host) => void hosts.delete(host),
    fault: (host, fault) => void faults.set(host, fault),
    heal: (host) => void faults.delete(host),
    requestsTo: (host) => requests.filter((request) => request.url.host === host),
  };
}

/** Base64 of the first certificate. */
function derOf(pem: string): string {
  const [, body = ""] = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END/.exec(pem) ?? [];
  return body.replaceAll(/\s/g, "");
}

async function failBefore(fault: NetworkFault | undefined, signal: AbortSignal): Promise<void> {
  switch (fault?.kind) {
    case "refused":
    case "dns":
    case "certificate":
      throw networkError(fault.kind);
    case "reset_before":
      throw networkError("reset");
    case "hang":
      await abortOf(signal);
      break;
    case "delay":
      await fault.until;
      break;
    default:
      break;
  }
}

/** As the platform's `fetch` does before it hands a body on. */
function unpacked(response: Response): Response {
  if (response.headers.get("content-encoding") !== "gzip" || response.body === null) return response;
  return new Response(response.body.pipeThrough(new DecompressionStream("gzip")), response);
}

/** As undici's `fetch` fails: a `TypeError` whose cause has the code. */
function networkError(kind: keyof typeof CAUSE_CODES): TypeError {
  const cause = Object.assign(new Error(`simulated: ${kind}`), { code: CAUSE_CODES[kind] });
  return new TypeError("fetch failed", { cause });
}

/** Rejects when the signal fires, and never fulfils. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
