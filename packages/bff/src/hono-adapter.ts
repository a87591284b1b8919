import { Hono } from "hono";
import type { BodyStream, HeaderList, PlainRequest, PlainResponse } from "@coatcheck/proxy";
import type { Handle } from "./dispatch.ts";
import { pairUp } from "./request/header-pairs.ts";

/** What `@hono/node-server` hands over beside the request; other runtimes have none of it. */
interface NodeBindings {
  readonly incoming?: {
    readonly url?: string;
    readonly rawHeaders?: readonly string[];
    readonly socket?: { readonly remoteAddress?: string };
  };
}

const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Wraps the plain handler as a Hono app; paths that aren't ours fall through to whatever is mounted after it. */
export function createHonoApp(handle: Handle, owns: (rawTarget: string) => boolean): Hono {
  const app = new Hono({ strict: true });
  app.use("*", async (context, next) => {
    const incoming = (context.env as NodeBindings | undefined)?.incoming;
    const url = context.req.raw.url;
    const rawTarget =
      incoming?.url ?? (url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/iu, "").split("#")[0] || "/");
    if (!owns(rawTarget)) return next();
    const remoteAddress = incoming?.socket?.remoteAddress;
    const request = toPlainRequest(context.req.raw, rawTarget, incoming?.rawHeaders);
    const response = await handle(request, remoteAddress === undefined ? {} : { remoteAddress });
    return toResponse(response, context.req.raw.method);
  });
  return app;
}

function toPlainRequest(
  request: Request,
  rawTarget: string,
  rawHeaders: readonly string[] | undefined,
): PlainRequest {
  const headers: HeaderList = rawHeaders === undefined ? Array.from(request.headers) : pairUp(rawHeaders);
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  return {
    method: request.method,
    rawTarget,
    // Runtimes that keep `Host` to themselves tell it in the URL.
    headers: hasHost ? headers : [...headers, ["host", new URL(request.url).host]],
    body: request.body,
    signal: request.signal,
  };
}

function toResponse(response: PlainResponse, method: string): Response {
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, value);
  const hasBody = response.body !== null && method !== "HEAD" && !NO_BODY.has(response.status);
  return new Response(hasBody ? toWebStream(response.body) : null, { status: response.status, headers });
}

function toWebStream(body: BodyStream): ReadableStream<Uint8Array> {
  if (body instanceof ReadableStream) return body;
  const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
