import { expect, it } from "vitest";
import { readSession } from "../examples/read-session.ts";

it("the example reads a session, and takes nothing that isn't one", async () => {
  const asked: [unknown, string | null][] = [];
  const answering =
    (body: object): typeof fetch =>
    async (input, init) => {
      asked.push([input, new Headers(init?.headers).get("x-coatcheck")]);
      return Response.json(body);
    };
  const view = { state: "anonymous", reason: "none", now: 1 };
  expect(await readSession(answering(view))).toEqual(view);
  expect(await readSession(answering({ ...view, reason: "bored" }))).toBeUndefined();
  expect(asked[0]).toEqual(["/bff/session", "1"]);
});
