import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { forwardOne } from "../../examples/forward-one.ts";
import { answered, get, readAll } from "../../suite/calls.ts";

const api = createServer(({ url, headers }, response) =>
  response.end(JSON.stringify([url, headers.authorization, headers.cookie])),
);
beforeAll(() => new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  api.closeAllConnections();
  api.close();
});

it("the example forwards a call with the token as its only credential", async () => {
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}/v1`;
  const { response } = answered(
    await forwardOne(upstream, get("/api/notes/7", [["cookie", "a=b"]]), "token"),
  );
  expect(JSON.parse(await readAll(response.body))).toEqual(["/v1/7", "Bearer token", null]);
});
