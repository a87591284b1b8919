import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createNodeFetch } from "./node-fetch.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(onRequest: (socket: Socket) => void): Promise<() => Promise<string>> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", () => onRequest(socket));
    cleanups.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const nodeFetch = createNodeFetch();
  cleanups.push(
    () => void server.close(),
    () => nodeFetch.close(),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return async () => (await nodeFetch(url, { method: "POST", body: "a=b" })).text();
}

const okWith = (headers: string): string => `HTTP/1.1 200 OK\r\n${headers}content-length: 2\r\n\r\nok`;

test.each([
  ["closes after 2 s without a word, as gunicorn does", ""],
  ["announces 2 s", "Keep-Alive: timeout=2\r\n"],
  ["announces more than it keeps", "Keep-Alive: timeout=60\r\n"],
])("an idle connection to a server that %s is closed by us first", async (_what, headers) => {
  const closedBy = Promise.withResolvers<string>();
  const call = await serve((socket) => {
    const timer = setTimeout(() => closedBy.resolve("server"), 2_000);
    socket.once("end", () => {
      clearTimeout(timer);
      closedBy.resolve("us");
    });
    socket.write(okWith(headers));
  });
  expect(await call()).toBe("ok");
  expect(await closedBy.promise).toBe("us");
});

test("a connection whose answer takes longer than an idle one is kept isn't idle", async () => {
  const call = await serve((socket) => void setTimeout(() => socket.write(okWith("")), 1_200));
  expect(await call()).toBe("ok");
});
