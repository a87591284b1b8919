import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "./client.ts";

const OURS = new Set(["x-coatcheck", "x-coatcheck-user"]);

/** Answers with what arrived. */
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url?.startsWith("/moved")) {
        response.statusCode = 307;
        response.setHeader("location", request.url.slice("/moved".length));
      }
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          headers: request.rawHeaders,
          body: Buffer.concat(chunks).toString("latin1"),
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

interface Seen {
  method: string;
  url: string;
  headers: string[];
  body: string;
}

/** What the server saw, without our two headers and with one name for every multipart boundary. */
async function seen(response: Response): Promise<unknown> {
  const text = await response.text();
  // The answer to a HEAD.
  if (text === "") return undefined;
  const { method, url, headers, body } = JSON.parse(text) as Seen;
  const pairs = headers.flatMap((name, index) =>
    index % 2 === 0 && !OURS.has(name.toLowerCase()) ? [`${name.toLowerCase()}: ${headers[index + 1]}`] : [],
  );
  const plain = (part: string) => part.replaceAll(/-{4}formdata-undici-\d+/g, "BOUNDARY");
  return { method, url, headers: pairs.map(plain).toSorted(), body: plain(body) };
}

async function outcome(call: Promise<Response>): Promise<unknown> {
  const response = await call.catch(() => undefined);
  if (!response) return "rejected";
  const { status, redirected, type, url } = response;
  return { status, redirected, type, url, seen: await seen(response) };
}

type Shape = "string" | "url" | "request" | "request and init";

const headerName = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).map((name) => `x-${name}`);
const headerValue = fc.stringMatching(/^[!-~]{1,20}$/);
const headers = fc.dictionary(headerName, headerValue, { maxKeys: 4 });
const path = fc.tuple(fc.constantFrom("/api", "/moved/api"), fc.webPath()).map((parts) => parts.join(""));

/** Bodies are made twice, once for each call, since some can be read only once. */
const body = fc.oneof(
  fc.constant(() => undefined),
  fc.string().map((text) => () => text),
  fc.uint8Array().map((bytes) => () => Uint8Array.from(bytes)),
  fc.string().map((text) => () => new Blob([text], { type: "text/x-note" })),
  fc
    .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string())
    .map((fields) => () => new URLSearchParams(fields)),
  fc.stringMatching(/^[ -~]{0,20}$/).map((text) => () => {
    const form = new FormData();
    form.set("note", text);
    return form;
  }),
  fc.string().map((text) => () => new Blob([text]).stream()),
);

describe("apiFetch", () => {
  it("sends what fetch sends, whatever the shape of the arguments, plus our headers", async () => {
    const client = createClient({ baseUrl: origin });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          shape: fc.constantFrom<Shape>("string", "url", "request", "request and init"),
          headerShape: fc.constantFrom("object", "pairs", "Headers"),
          method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "post"),
          redirect: fc.constantFrom<RequestRedirect>("follow", "manual", "error"),
          aborts: fc.boolean(),
          path,
          headers,
          initHeaders: headers,
          body,
        }),
        async (sample) => {
          const args = (): Parameters<typeof fetch> => {
            const init: RequestInit & { duplex?: "half" } = {
              method: sample.method,
              redirect: sample.redirect,
              headers: shaped(sample.headers, sample.headerShape),
            };
            if (sample.aborts) init.signal = new AbortController().signal;
            const content = /get|head/i.test(sample.method) ? undefined : sample.body();
            if (content !== undefined) init.body = content;
            if (content instanceof ReadableStream) init.duplex = "half";
            const url = origin + sample.path;
            if (sample.shape === "string") return [url, init];
            if (sample.shape === "url") return [new URL(url), init];
            if (sample.shape === "request") return [new Request(url, init)];
            return [new Request(url, init), { headers: shaped(sample.initHeaders, sample.headerShape) }];
          };
          const [plain, ours] = [await outcome(fetch(...args())), await outcome(client.apiFetch(...args()))];
          expect(ours).toEqual(plain);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function shaped(headers: Record<string, string>, shape: string): HeadersInit {
  if (shape === "object") return headers;
  return shape === "pairs" ? Object.entries(headers) : new Headers(headers);
}
