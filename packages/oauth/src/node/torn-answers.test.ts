import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { callProvider } from "../call/provider-call.ts";
import { sortTokenAnswer } from "../token-endpoint/token-answer.ts";
import { createNodeFetch } from "./node-fetch.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** What a refresh means whose answer is these bytes, as they are, and then the end of the connection. */
async function outcomeOf(answer: Buffer): Promise<unknown> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.end(answer));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const fetch = createNodeFetch();
  cleanups.push(
    () => void server.close(),
    () => fetch.close(),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const call = { url, method: "POST", headers: {}, body: "a=b", timeoutMs: 10_000, maxBytes: 131_072 };
  return sortTokenAnswer(await callProvider(call, { fetch, nowMs: () => 0 }), () => false, 0);
}

const TOKENS = '{"access_token":"next","refresh_token":"rotated","token_type":"Bearer","expires_in":300}';
const LONG = TOKENS.replace("}", `,"x":"${"x".repeat(100_000)}"}`);
const GZIP = gzipSync(TOKENS);

/** One byte a letter: `\xf6` is Latin-1. */
function answer(headers: readonly string[], body: string | Uint8Array): Buffer {
  const head = ["HTTP/1.1 200 OK", "Content-Type: application/json", ...headers, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body as string, "latin1")]);
}

const CHUNKED = "Transfer-Encoding: chunked";
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const named = (name: string): string => TOKENS.replace("}", `,"name":"${name}"}`);

test.each([
  ["nothing is off", answer([`Content-Length: ${TOKENS.length}`], TOKENS)],
  ["the last chunk is missing", answer([CHUNKED], chunk(TOKENS))],
  ["the last chunk of several is missing", answer([CHUNKED], chunk(LONG.slice(0, 9)) + chunk(LONG.slice(9)))],
  ["a chunk ends otherwise than chunks do", answer([CHUNKED], `${chunk(TOKENS).slice(0, -2)}\n\r\n`)],
  ["it is shorter than was announced", answer([`Content-Length: ${TOKENS.length + 2}`], TOKENS)],
  ["it is long, and shorter than was announced", answer([`Content-Length: ${LONG.length + 2}`], LONG)],
  [
    "there are 60 KB of headers",
    answer(
      ["", "", "", ""].map((_, i) => `X-${i}: ${"x".repeat(15_000)}`),
      TOKENS,
    ),
  ],
  ["a name is in Latin-1", answer([], named("J\xf6rg"))],
  ["a name ends in the middle of a letter", answer([], named("J\xc3"))],
  ["a name is in Latin-1, and the last chunk is missing", answer([CHUNKED], chunk(named("J\xf6rg")))],
  ["the trailer of gzip is missing", answer(["Content-Encoding: gzip"], GZIP.subarray(0, -8))],
  ["a line follows after gzip", answer(["Content-Encoding: gzip"], Buffer.concat([GZIP, Buffer.from("\n")]))],
])("S-089 a refresh is a success though %s", async (_what, bytes) => {
  expect(await outcomeOf(bytes)).toMatchObject({
    kind: "success",
    members: { access_token: "next", refresh_token: "rotated", expires_in: 300 },
  });
});

const LOST = { kind: "ambiguous", reason: "body_connection_lost", status: 200 };
const nonsense = (reason: string): object => ({ kind: "unreadable", reason, status: 200 });

test.each([
  ["breaks off in the JSON", answer([`Content-Length: ${TOKENS.length}`], TOKENS.slice(0, -1)), LOST],
  ["breaks off in a chunk", answer([CHUNKED], chunk(TOKENS).slice(0, -9)), LOST],
  ["breaks off before its body", answer(["Content-Length: 9"], ""), LOST],
  ["is a form that breaks off", answer(["Content-Length: 99"], "access_token=next&refresh_token=rot"), LOST],
  [
    "breaks off with a token twice",
    answer(["Content-Length: 999"], TOKENS.replace("{", '{"access_token":"a",')),
    LOST,
  ],
  [
    "has a refresh token in Latin-1",
    answer([], TOKENS.replace("rotated", "r\xf6")),
    nonsense("token_response_not_utf8"),
  ],
  [
    "has an access token in Latin-1",
    answer([], TOKENS.replace("next", "n\xf6")),
    nonsense("token_response_not_utf8"),
  ],
  [
    "is in UTF-16",
    answer([], Buffer.from(`\ufeff${TOKENS}`, "utf16le")),
    nonsense("token_response_not_utf8"),
  ],
  [
    "is a refusal in Latin-1",
    answer([], '{"error":"invalid_grant","x":"\xf6"}'),
    nonsense("token_response_not_utf8"),
  ],
  [
    "is packed, and breaks off",
    answer(["Content-Encoding: gzip"], GZIP.subarray(0, -12)),
    nonsense("token_response_undecodable"),
  ],
  [
    "is packed otherwise, and breaks off",
    answer(["Content-Encoding: br"], brotliCompressSync(LONG).subarray(0, -9)),
    nonsense("token_response_undecodable"),
  ],
  ["is no gzip at all", answer(["Content-Encoding: gzip"], TOKENS), nonsense("token_response_undecodable")],
])("S-089 S-142 an answer that %s stays what it is", async (_what, bytes, outcome) => {
  expect(await outcomeOf(bytes)).toEqual(outcome);
});
