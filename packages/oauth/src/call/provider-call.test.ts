import { expect, test } from "vitest";
import type { OAuthPorts } from "../oauth-ports.ts";
import { callProvider } from "./provider-call.ts";
import type { ProviderCall } from "./provider-call.ts";
import type { ProviderFetch } from "./provider-fetch.ts";
import { RequestInterruptedError, RequestNotSentError } from "./request-error.ts";

const CALL: ProviderCall = {
  url: "https://idp.example/token",
  method: "POST",
  headers: {},
  body: "a=b",
  timeoutMs: 20,
  maxBytes: 10,
};

const portsOf = (fetch: ProviderFetch): OAuthPorts => ({ fetch, nowMs: () => 7 });
const failing = (error: Error): OAuthPorts =>
  portsOf(async () => {
    throw error;
  });
const failure = (cause: unknown): TypeError => new TypeError("fetch failed", { cause });
const coded = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  [failure(coded("ECONNREFUSED")), "connection_refused"],
  [failure(coded("ENOTFOUND")), "dns"],
  [failure(coded("EAI_AGAIN")), "dns"],
  [failure(coded("UND_ERR_CONNECT_TIMEOUT")), "connect_timeout"],
  [failure(coded("DEPTH_ZERO_SELF_SIGNED_CERT")), "tls_untrusted"],
  [failure(coded("ERR_TLS_CERT_ALTNAME_INVALID")), "tls_other_name"],
  [failure(coded("CERT_HAS_EXPIRED")), "tls"],
  [
    failure(Object.assign(new AggregateError([coded("ECONNREFUSED")]), { code: "ECONNREFUSED" })),
    "connection_refused",
  ],
  [new RequestNotSentError("connect_timeout"), "connect_timeout"],
  [new RequestNotSentError("may_not_send"), "may_not_send"],
  [failure(new RequestNotSentError("tls")), "tls"],
])("%s: nothing was sent", async (error, reason) => {
  expect(await callProvider(CALL, failing(error))).toEqual({ kind: "unsent", reason });
});

test.each([
  failure(coded("ECONNRESET")),
  failure(coded("UND_ERR_SOCKET")),
  failure(coded("EPIPE")),
  failure(coded("ETIMEDOUT")),
  failure(coded("UND_ERR_HEADERS_TIMEOUT")),
  new TypeError("fetch failed"),
  new RequestInterruptedError("reset"),
])("%s: it may have been sent", async (error) => {
  expect(await callProvider(CALL, failing(error))).toEqual({
    kind: "interrupted",
    reason: "connection_lost",
    sentAtMs: 7,
  });
});

test("S-141 ends at its deadline with a fetch that ignores the signal, and drops the late answer", async () => {
  const late = Promise.withResolvers<Response>();
  const result = await callProvider(
    CALL,
    portsOf(() => late.promise),
  );
  expect(result).toEqual({ kind: "interrupted", reason: "timeout", sentAtMs: 7 });
  const cancelled = Promise.withResolvers<string>();
  late.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve("cancelled") })));
  expect(await cancelled.promise).toBe("cancelled");
});

test("S-141 a late failure after the deadline is nobody's unhandled rejection", async () => {
  const late = Promise.withResolvers<Response>();
  await callProvider(
    CALL,
    portsOf(() => late.promise),
  );
  late.reject(new Error("late"));
  await expect(late.promise).rejects.toThrow("late");
});

test("a fetch that was still connecting at the deadline says that nothing was sent", async () => {
  const connecting: ProviderFetch = (_url, init) =>
    new Promise((_resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(new RequestNotSentError("aborted")));
    });
  expect(await callProvider(CALL, portsOf(connecting))).toEqual({ kind: "unsent", reason: "aborted" });
});

test.each([
  [10, { kind: "text", text: "x".repeat(10) }],
  [11, { kind: "unreadable", reason: "too_large" }],
])("S-052 a body of %i bytes, where 10 are allowed", async (length, body) => {
  const result = await callProvider(
    CALL,
    portsOf(async () => new Response("x".repeat(length))),
  );
  expect(result).toMatchObject({ kind: "reply", body });
});

test("asks maySend before calling fetch, and hands it on", async () => {
  let calls = 0;
  const refusing: ProviderCall = { ...CALL, maySend: () => false };
  const fetch: ProviderFetch = async (_url, init) => {
    calls += 1;
    expect(init.maySend?.()).toBe(false);
    return new Response();
  };
  expect(await callProvider(refusing, portsOf(fetch))).toEqual({ kind: "unsent", reason: "may_not_send" });
  expect(calls).toBe(0);
  const answers = [true, false];
  await callProvider({ ...CALL, maySend: () => answers.shift() ?? false }, portsOf(fetch));
  expect(calls).toBe(1);
});

test("counts from the moment when the fetch says that it sends", async () => {
  let nowMs = 100;
  const fetch: ProviderFetch = async (_url, init) => {
    nowMs = 350;
    init.maySend?.();
    nowMs = 900;
    return new Response("");
  };
  const result = await callProvider(CALL, { fetch, nowMs: () => nowMs });
  expect(result).toMatchObject({ kind: "reply", sentAtMs: 350 });
});

test("S-027 asks for redirects to be handed back, and for no compression", async () => {
  const seen = Promise.withResolvers<RequestInit>();
  await callProvider(
    CALL,
    portsOf(async (_url, init) => {
      seen.resolve(init);
      return new Response();
    }),
  );
  expect(await seen.promise).toMatchObject({
    redirect: "manual",
    headers: { "accept-encoding": "identity" },
  });
});
