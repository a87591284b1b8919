import { toWebStream } from "@coatcheck/proxy";
import type { HeaderList, PlainRequest } from "@coatcheck/proxy";
import type { Context } from "hono";
import type { Peer } from "../request/bff-request.ts";
import { pairUp } from "../request/header-pairs.ts";
import type { BffResponse } from "../response/bff-response.ts";

/** What `@hono/node-server` hands over beside the request. */
export interface NodeBindings {
  readonly incoming?: {
    readonly url?: string;
    readonly rawHeaders?: readonly string[];
    readonly socket?: { readonly remoteAddress?: string };
  };
  /** Set where an API's body is on its way that the adapter wouldn't write as it is: `createNodeListener` writes it. */
  hasApiBody?: true;
}

type RequestIp = (request: Request) => { readonly address?: string } | null;

/** `Bun.serve` hands over itself, or an object that holds it. */
interface BunBindings {
  readonly requestIP?: RequestIp;
  readonly server?: { readonly requestIP?: RequestIp };
}

/** `Deno.serve` hands over the connection. */
interface DenoBindings {
  readonly remoteAddr?: { readonly hostname?: string };
}

const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

function incomingOf(c: Context): NodeBindings["incoming"] {
  return (c.env as NodeBindings | undefined)?.incoming;
}

/**
 * The request target as it was received, where the runtime tells it.
 *
 * A web `Request` resolves dots and backslashes: without this, the guard would judge another path than the one that somebody
 * before us let through.
 */
export function rawTargetOf(c: Context): string {
  const raw = incomingOf(c)?.url;
  return raw ?? (c.req.raw.url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/iu, "").split("#")[0] || "/");
}

/** Keeps the runtime at work on something when the request that began it is over; `undefined` where it never stops. */
export function waitUntilOf(c: Context): ((work: Promise<unknown>) => void) | undefined {
  if (incomingOf(c) !== undefined) return undefined;
  try {
    const context = c.executionCtx;
    return (work) => context.waitUntil(work);
  } catch {
    // Hono's way to say that the runtime handed none over.
    return undefined;
  }
}

export function toPlainRequest(c: Context, rawTarget: string): PlainRequest {
  const { method, headers: webHeaders, url, body, signal } = c.req.raw;
  const rawHeaders = incomingOf(c)?.rawHeaders;
  const headers: HeaderList = rawHeaders === undefined ? Array.from(webHeaders) : pairUp(rawHeaders);
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  return {
    method,
    rawTarget,
    // Runtimes that keep `Host` to themselves tell it in the URL.
    headers: hasHost ? headers : [...headers, ["host", new URL(url).host]],
    body,
    signal,
  };
}

/** Who is at the other end of the connection, as far as the runtime tells. */
export function peerOf(c: Context, addressHeader: string | undefined): Peer {
  const env = (c.env ?? {}) as NodeBindings & BunBindings & DenoBindings;
  const remoteAddress =
    addressHeader === undefined
      ? (env.incoming?.socket?.remoteAddress ??
        (env.requestIP ?? env.server?.requestIP)?.call(env.server ?? env, c.req.raw)?.address ??
        env.remoteAddr?.hostname)
      : c.req.header(addressHeader);
  return remoteAddress === undefined ? {} : { remoteAddress };
}

/** @param c the context of the request, where the body is an API's. */
export function toWebResponse({ status, headers, body }: BffResponse, c?: object): Response {
  const webBody = NO_BODY.has(status) ? null : toWebBody(body);
  if (c !== undefined && webBody !== null && !isWrittenAsItIs(webBody, headers)) noteApiBody(c);
  // The header list is a sequence of pairs; its type says that nobody changes them.
  return new Response(webBody, { status, headers: headers as [string, string][] });
}

/** By every adapter: bytes that are there as a whole, and have a type; to what has none, `@hono/node-server` gives one. */
function isWrittenAsItIs(body: NonNullable<ReturnType<typeof toWebBody>>, headers: HeaderList): boolean {
  return !(body instanceof ReadableStream) && headers.some(([name]) => name === "content-type");
}

function noteApiBody({ env }: { readonly env?: NodeBindings }): void {
  if (env?.incoming !== undefined) env.hasApiBody = true;
}

function toWebBody(
  body: BffResponse["body"],
): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string | null {
  if (body === null || typeof body === "string" || body instanceof ReadableStream) return body;
  // No answer of an API lives in shared memory.
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>;
  return toWebStream(body);
}
