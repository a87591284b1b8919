import type { OAuthPorts } from "../oauth-ports.ts";
import type { ClientCertificate } from "../client-auth/client-certificate.ts";
import type { ProviderRequestInit } from "./provider-fetch.ts";
import { RequestNotSentError } from "./request-error.ts";
import { PLATFORM_TIMERS } from "./within.ts";

export interface ProviderCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From now to the last byte of the body. */
  readonly timeoutMs: number;
  /** Counted after decompression. */
  readonly maxBytes: number;
  readonly maySend?: () => boolean;
  readonly clientCertificate?: ClientCertificate;
}

/** - `unsent`: nothing was written.
 *  - `interrupted`: something may have been written, and no status line came.
 *  - `reply`: a status line and headers came; the body may still be `unreadable`. */
export type CallResult =
  | { readonly kind: "unsent"; readonly reason: string }
  | {
      readonly kind: "interrupted";
      readonly reason: "timeout" | "connection_lost";
      readonly sentAtMs: number;
    }
  | {
      readonly kind: "reply";
      readonly status: number;
      readonly headers: Headers;
      readonly body: ReplyBody;
      readonly sentAtMs: number;
    };

export type ReplyBody =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "unreadable";
      readonly reason: UnreadableReason;
      /** What came of it, with U+FFFD for bytes that are no text; `""` where that is too large. Not to be taken for an answer. */
      readonly received: string;
    };

export type UnreadableReason = "too_large" | "timeout" | "connection_lost" | "not_utf8" | "undecodable";

type Deadline = { readonly signal: AbortSignal; readonly expired: Promise<"timeout">; clear(): void };

/**
 * Makes one call to the provider: one deadline from connect to the last byte, a bounded body, no redirect followed.
 *
 * Never throws; whether anything was sent is in the result, since that decides whether a refresh token may be spent again.
 */
export async function callProvider(call: ProviderCall, ports: OAuthPorts): Promise<CallResult> {
  if (call.maySend?.() === false) return { kind: "unsent", reason: "may_not_send" };
  let sentAtMs = ports.nowMs();
  const deadline = startDeadline(call.timeoutMs, ports);
  const init: ProviderRequestInit = {
    method: call.method,
    // Without identity, a platform's fetch offers compression, and a small body may become a large one.
    headers: { ...call.headers, "accept-encoding": "identity" },
    ...(call.body === undefined ? {} : { body: call.body }),
    ...(call.clientCertificate === undefined ? {} : { clientCertificate: call.clientCertificate }),
    redirect: "manual",
    signal: deadline.signal,
    maySend: () => {
      sentAtMs = ports.nowMs();
      return call.maySend?.() ?? true;
    },
  };
  try {
    const fetching = ports.fetch(call.url, init);
    const response = await Promise.race([fetching, deadline.expired]);
    if (response === "timeout") {
      discardLate(fetching);
      return { kind: "interrupted", reason: "timeout", sentAtMs };
    }
    const body = await readBody(response, call.maxBytes, deadline.expired);
    return { kind: "reply", status: response.status, headers: response.headers, body, sentAtMs };
  } catch (error) {
    const notSent = notSentReason(error);
    if (notSent !== undefined) return { kind: "unsent", reason: notSent };
    return { kind: "interrupted", reason: deadline.signal.aborted ? "timeout" : "connection_lost", sentAtMs };
  } finally {
    deadline.clear();
  }
}

function startDeadline(timeoutMs: number, ports: OAuthPorts): Deadline {
  const controller = new AbortController();
  const { promise: expired, resolve } = Promise.withResolvers<"timeout">();
  const expire = (): void => {
    controller.abort();
    // A turn later: a fetch that honours the signal says first whether it had sent anything.
    setTimeout(() => resolve("timeout"), 0);
  };
  const timers = ports.timers ?? PLATFORM_TIMERS;
  const timer = timers.setTimeout(expire, timeoutMs);
  return { signal: controller.signal, expired, clear: () => timers.clearTimeout(timer) };
}

/** For a `fetch` that ignores the signal: its late answer is dropped, its late failure isn't an unhandled one. */
function discardLate(fetching: Promise<Response>): void {
  fetching
    .then(
      (response) => response.body?.cancel(),
      () => undefined,
    )
    .catch(() => undefined);
}

async function readBody(
  response: Response,
  maxBytes: number,
  expired: Promise<"timeout">,
): Promise<ReplyBody> {
  if (response.body === null) return { kind: "text", text: "" };
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let byteCount = 0;
  const unreadable = (reason: UnreadableReason, received = decodeUtf8(parts, false)): ReplyBody => {
    reader.cancel().catch(() => undefined);
    return { kind: "unreadable", reason, received };
  };
  for (;;) {
    let part: Awaited<ReturnType<typeof reader.read>> | "timeout";
    try {
      part = await Promise.race([reader.read(), expired]);
    } catch (error) {
      return unreadable(isDecodingFailure(error) ? "undecodable" : "connection_lost");
    }
    if (part === "timeout") return unreadable("timeout");
    if (part.done) break;
    byteCount += part.value.byteLength;
    if (byteCount > maxBytes) return unreadable("too_large", "");
    parts.push(part.value);
  }
  try {
    return { kind: "text", text: decodeUtf8(parts, true) };
  } catch {
    return unreadable("not_utf8");
  }
}

/** @throws {TypeError} `isStrict`, and it is none. */
function decodeUtf8(parts: readonly Uint8Array[], isStrict: boolean): string {
  const decoder = new TextDecoder("utf-8", { fatal: isStrict, ignoreBOM: false });
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}

/** zlib's codes: the body came, and isn't what `Content-Encoding` says. */
function isDecodingFailure(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^(?:Z_|ZSTD_|ERR__ERROR_)/.test(code);
}

/** Codes with which Node's and undici's connections fail before anything was written. */
const NOT_SENT_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection_refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  CERT_HAS_EXPIRED: "tls",
  CERT_NOT_YET_VALID: "tls",
  CERT_REVOKED: "tls",
  CERT_UNTRUSTED: "tls_untrusted",
  CERT_REJECTED: "tls",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls_untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "tls_untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "tls_untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls_untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls_untrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls_other_name",
};

/** `undefined`: it may have been sent. */
function notSentReason(error: unknown): string | undefined {
  let cause = error;
  for (let depth = 0; depth < 4 && cause instanceof Error; depth += 1) {
    if (cause instanceof RequestNotSentError) return cause.code;
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
    if (Object.hasOwn(NOT_SENT_REASONS, code)) return NOT_SENT_REASONS[code];
    cause = cause.cause;
  }
  return undefined;
}
