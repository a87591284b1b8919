import { createServer } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { afterEach, expect, test } from "vitest";
import { callProvider } from "../call/provider-call.ts";
import type { CallResult } from "../call/provider-call.ts";
import { createNodeFetch } from "./node-fetch.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface Answered {
  readonly result: CallResult;
  /** When the server's connection has gone. */
  readonly closed: Promise<unknown>;
}

/** One call to a server that answers `body` under this `Content-Encoding`, whatever it was asked for. */
async function answered(coding: string, body: Uint8Array, length = body.length): Promise<Answered> {
  const closed = Promise.withResolvers<undefined>();
  const server = createServer((_request, response) => {
    response.on("close", () => closed.resolve(undefined));
    response.writeHead(200, { "content-encoding": coding, "content-length": length });
    response.write(body);
    if (length === body.length) response.end();
  });
  const { origin, close } = await listenOnLoopback(server);
  const fetch = createNodeFetch();
  cleanups.push(
    () => void close(),
    () => fetch.close(),
  );
  const call = { url: `${origin}/`, method: "GET", headers: {}, timeoutMs: 10_000, maxBytes: 64 * 1_024 };
  return { result: await callProvider(call, { fetch, nowMs: () => 0 }), closed: closed.promise };
}

const TEXT = JSON.stringify({ access_token: "ä".repeat(100) });
const CODINGS: readonly (readonly [string, (text: string) => Uint8Array])[] = [
  ["gzip", gzipSync],
  ["GZIP", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
];

test.each(CODINGS)("reads an answer that comes in %s though nobody asked for it", async (coding, encode) => {
  const { result } = await answered(coding, encode(TEXT));
  expect(result).toMatchObject({ kind: "reply", status: 200, body: { kind: "text", text: TEXT } });
});

test.each(CODINGS)(
  "S-052 stops reading an answer in %s that grows without end, and closes its connection",
  async (coding, encode) => {
    const bomb = encode(" ".repeat(50 * 1_024 * 1_024));
    expect(bomb.length).toBeLessThan(64 * 1_024);
    // More is announced than comes: the connection stays open unless we close it.
    const { result, closed } = await answered(coding, bomb, bomb.length + 1);
    expect(result).toMatchObject({ body: { kind: "unreadable", reason: "too_large" } });
    expect(await closed).toBe(undefined);
  },
);

test.each(CODINGS)("S-142 an answer that isn't %s as it says is undecodable", async (coding) => {
  const { result } = await answered(coding, Buffer.from(TEXT));
  expect(result).toMatchObject({ status: 200, body: { kind: "unreadable", reason: "undecodable" } });
});

test.each(CODINGS)("S-142 an answer in %s that ends too early is unreadable", async (coding, encode) => {
  const whole = encode(TEXT);
  const { result } = await answered(coding, whole.subarray(0, whole.length - 6));
  expect(result).toMatchObject({ status: 200, body: { kind: "unreadable" } });
});

test.each(CODINGS)("reads an empty answer that says it comes in %s", async (coding) => {
  const { result } = await answered(coding, new Uint8Array());
  expect(result).toMatchObject({ status: 200, body: { kind: "text", text: "" } });
});

test.each(["identity", "gzip, gzip", "unheard-of"])("hands an answer in %s on as it came", async (coding) => {
  const { result } = await answered(coding, Buffer.from(TEXT));
  expect(result).toMatchObject({ body: { kind: "text", text: TEXT } });
});
