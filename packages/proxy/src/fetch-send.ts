import { toAbortSignal } from "./cancellation.ts";
import type { HeaderList } from "./http-message.ts";
import { toWebStream } from "./iterate-body.ts";
import type { UpstreamRequest, UpstreamSend } from "./upstream-send.ts";

/**
 * Sends over `fetch`, on any runtime. It can't tell connecting from waiting, nothing travels compressed, and connections
 * are the runtime's business; `createNodeSend` of `@coatcheck/proxy/node` does all three better.
 */
export function createFetchSend(fetch: typeof globalThis.fetch = globalThis.fetch): UpstreamSend {
  return async (request) => {
    // Without this, the upstream would see nobody, or somebody else.
    if (request.clientCertificate !== undefined)
      return {
        kind: "failed",
        code: "upstream_failed",
        reason: "no client certificate can be presented here",
        saysNothing: true,
      };
    try {
      const response = await fetch(request.origin + request.path, toRequestInit(request));
      if (response.status < 200)
        return {
          kind: "failed",
          code: "upstream_failed",
          reason: "the answer can't be read",
          saysNothing: true,
        };
      return {
        kind: "answered",
        status: response.status,
        headers: responseHeaders(response.headers),
        body: response.body,
      };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
      const isTimeout =
        code === "UND_ERR_CONNECT_TIMEOUT" || code === "UND_ERR_HEADERS_TIMEOUT" || code === "ETIMEDOUT";
      return {
        kind: "failed",
        code: isTimeout ? "upstream_timeout" : "upstream_failed",
        reason: code || "fetch failed",
      };
    }
  };
}

function toRequestInit(request: UpstreamRequest): RequestInit {
  const init: RequestInit & { duplex?: "half" } = {
    method: request.method,
    headers: requestHeaders(request.headers),
    redirect: "manual",
    signal: toAbortSignal(request.signal),
  };
  if (request.body instanceof Uint8Array) init.body = request.body;
  else if (request.body !== null) {
    init.body = toWebStream(request.body);
    init.duplex = "half";
  }
  return init;
}

/** `fetch` decompresses by itself, so nothing compressed is asked for. */
function requestHeaders(headers: HeaderList): [string, string][] {
  return [
    ...headers
      .filter(([name]) => name !== "accept-encoding")
      .map(([name, value]): [string, string] => [name, value]),
    ["accept-encoding", "identity"],
  ];
}

/** What an upstream compressed all the same arrives decompressed: its length and coding are no longer true. */
function responseHeaders(headers: Headers): HeaderList {
  const isDecoded = headers.has("content-encoding");
  return Array.from(headers).filter(
    ([name]) => !isDecoded || (name !== "content-encoding" && name !== "content-length"),
  );
}
