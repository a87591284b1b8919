import type { ProviderFetch } from "@coatcheck/oauth";
import type { HeaderList, UpstreamSend } from "@coatcheck/proxy";
import QuickLRU from "quick-lru";
import type { SpanAttributes, SpanStart, Tracing } from "./tracing.ts";

/** They are those of the configuration and of the provider's metadata. */
const origins = new QuickLRU<string, SpanAttributes>({ maxSize: 100 });

/** A span for each call of an API, which goes on with the trace there. */
export function traceSend(tracing: Tracing, send: UpstreamSend): UpstreamSend {
  const sendOn: UpstreamSend = (request) => {
    const headers: HeaderList[number][] = [];
    let requestId = "";
    for (const pair of request.headers) {
      if (!isOfTrace(pair[0])) headers.push(pair);
      if (pair[0] === "x-request-id") requestId = pair[1];
    }
    headers.push(...tracing.headers(requestId));
    return send({ ...request, headers });
  };
  return (request) => {
    if (!tracing.isDrawn()) return sendOn(request);
    return tracing.within(clientSpan(request.method, request.origin), async (span) => {
      const answer = await sendOn(request);
      if (answer.kind === "failed") span.fail(answer.code);
      else {
        span.set({ "http.response.status_code": answer.status });
        if (answer.status >= 400) span.fail(String(answer.status));
      }
      return answer;
    });
  };
}

/** Compared one by one: a set would take the hash of each header's name anew. */
function isOfTrace(name: string): boolean {
  return name === "traceparent" || name === "tracestate";
}

/** A span for each call of the provider. It is told nothing of our traces: it is somebody else's. */
export function traceFetch(tracing: Tracing, fetch: ProviderFetch): ProviderFetch {
  return (url, init) => {
    if (!tracing.isDrawn()) return fetch(url, init);
    return tracing.within(clientSpan(init.method ?? "GET", new URL(url).origin), async (span) => {
      try {
        const response = await fetch(url, init);
        span.set({ "http.response.status_code": response.status });
        if (response.status >= 400) span.fail(String(response.status));
        return response;
      } catch (error) {
        span.fail(error instanceof Error ? error.name : "unknown");
        throw error;
      }
    });
  };
}

/** Without path and query: they are where codes, ids and names stand. */
function clientSpan(method: string, origin: string): SpanStart {
  return {
    name: method,
    kind: "client",
    attributes: { "http.request.method": method, ...attributesOf(origin) },
  };
}

function attributesOf(origin: string): SpanAttributes {
  const known = origins.get(origin);
  if (known !== undefined) return known;
  const { protocol, hostname, port } = new URL(origin);
  const attributes = {
    "server.address": hostname,
    "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
    "url.scheme": protocol.slice(0, -1),
  };
  origins.set(origin, attributes);
  return attributes;
}
