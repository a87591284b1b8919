import { connect, createServer } from "node:net";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import type { ListeningServer } from "@coatcheck/testkit/node";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listenOnWays, WAYS } from "../../fixtures/listen-on-ways.ts";
import type { ListeningWays, Way } from "../../fixtures/listen-on-ways.ts";
import { startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";

const OK = "HTTP/1.1 200 OK\r\n";

let rig: Rig;
/** What the API says, byte for byte. The part after `|` comes a little later. */
let said = "";
let api: ListeningServer;
let ways: ListeningWays;

beforeAll(async () => {
  api = await listenOnLoopback(
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        const [first = "", rest = ""] = said.split("|");
        socket.write(first);
        setTimeout(() => socket.end(rest), 20);
      });
    }),
  );
  const upstream = api.origin;
  rig = await startRig({ config: { routes: [{ prefix: "/api/open", upstream, tokenKind: "none" }] } });
  const { bff } = rig;
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header("x-by", "middleware");
  });
  app.get("/typeless", () => new Response("words", { headers: { "x-a": "b" } }));
  app.route("/", bff.app);
  ways = await listenOnWays(bff, app);
});
afterAll(async () => {
  await ways.close();
  await api.close();
  await rig.close();
});

async function ask(way: Way, method = "GET", path = "/api/open/1") {
  const socket = connect(ways.ports[way], "127.0.0.1").setEncoding("latin1");
  let text = "";
  socket.on("data", (chunk: string) => (text += chunk));
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: localhost:3000\r\nX-Coatcheck: 1\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n`,
  );
  await new Promise((resolve) => socket.on("close", resolve));
  const [head = "", rawBody = ""] = text.split("\r\n\r\n", 2);
  const isChunked = /^transfer-encoding: chunked/imu.test(head);
  return {
    status: Number(head.split(" ")[1]),
    type: /^content-type: ([^\r]*)/imu.exec(head)?.[1],
    length: /^content-length: (\d+)/imu.exec(head)?.[1],
    body: isChunked ? rawBody.replaceAll(/(?:^|\r\n)[\da-f]+(?:\r\n|$)/giu, "") : rawBody,
  };
}

describe.each(WAYS)("an API's answer without a type (%s)", (way) => {
  it.each([
    ["a body", "GET", `${OK}Content-Length: 5\r\n\r\nhello`, 200, "5", "hello"],
    ["a body that comes late", "GET", `${OK}Content-Length: 5\r\n\r\nhe|llo`, 200, "5", "hello"],
    ["chunks", "GET", `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 200, null, "hello"],
    [
      "chunks that come late",
      "GET",
      `${OK}Transfer-Encoding: chunked\r\n\r\n|5\r\nhello\r\n0\r\n\r\n`,
      200,
      null,
      "hello",
    ],
    ["an empty body", "GET", `${OK}Content-Length: 0\r\n\r\n`, 200, "0", ""],
    ["no chunk", "GET", `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 200, null, ""],
    ["204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, undefined, ""],
    ["304", "GET", 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', 304, undefined, ""],
    ["404", "GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 404, "4", "none"],
    ["the answer to HEAD", "HEAD", `${OK}Content-Length: 5\r\n\r\n`, 200, "5", ""],
    ["the answer to HEAD without a length", "HEAD", `${OK}\r\n`, 200, undefined, ""],
  ] as const)("has none: %s", async (_, method, bytes, status, length, body) => {
    said = bytes;
    const answer = await ask(way, method);
    // Whose body came in chunks may have a length or not.
    expect(answer).toEqual({ status, type: undefined, length: length ?? answer.length, body });
  });

  it("keeps the type that it has", async () => {
    for (const type of ["application/json", "text/plain", "x/y; charset=z"]) {
      said = `${OK}Content-Type: ${type}\r\nContent-Length: 2\r\n\r\n{}`;
      expect(await ask(way)).toEqual({ status: 200, type, length: "2", body: "{}" });
    }
  });
});

it("an answer of the app's own is given a type by the adapter, as ever", async () => {
  expect(await ask("behind middleware", "GET", "/typeless")).toMatchObject({
    status: 200,
    type: expect.stringMatching(/^text\/plain;charset=utf-8$/iu),
    body: "words",
  });
});
