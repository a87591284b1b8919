import { describe, expect, it } from "vitest";
import { signOutOthers } from "../../examples/own-sessions.ts";
import { createTestClient } from "../testing/index.ts";
import { createOwnSessions, hasOwnSessions } from "./own-sessions.ts";

const LIST = {
  now: 2,
  sessions: [
    {
      id: "a",
      isCurrent: true,
      ticket: "0417",
      signedInAt: 1,
      lastUsedAt: 2,
      browser: "Firefox",
      system: "Linux",
    },
  ],
};

describe("a person's own sessions", () => {
  it("are listed, and ended by their id", async () => {
    const bodies: unknown[] = [];
    const { client, calls } = createTestClient({
      user: "ada",
      routes: {
        "GET /bff/sessions": LIST,
        "POST /bff/sessions/end": async (request: Request) => {
          bodies.push(await request.json());
          return LIST;
        },
      },
    });
    const own = createOwnSessions(client);
    expect(await own.list()).toEqual(LIST);
    expect(await own.end("b")).toEqual(LIST);
    expect(calls).toEqual(["GET /bff/sessions", "POST /bff/sessions/end"]);
    expect(bodies).toEqual([{ id: "b" }]);
  });

  it("are ended in all other browsers by examples/own-sessions.ts", async () => {
    const [here = {}] = LIST.sessions;
    const sessions = [here, { ...here, id: "b", isCurrent: false }, { ...here, id: "c", isCurrent: false }];
    const { client, calls } = createTestClient({
      user: "ada",
      routes: { "GET /bff/sessions": { now: 2, sessions }, "POST /bff/sessions/end": LIST },
    });
    expect(await signOutOthers(client)).toBe(2);
    expect(calls.filter((call) => call === "POST /bff/sessions/end")).toHaveLength(2);
  });

  it("aren't made up where the answer is of another shape, and a refusal keeps its code", async () => {
    const { client } = createTestClient({
      user: "ada",
      routes: { "GET /bff/sessions": { sessions: "none" } },
    });
    await expect(createOwnSessions(client).list()).rejects.toMatchObject({ code: "unexpected_answer" });
    const nobody = createTestClient().client;
    await expect(createOwnSessions(nobody).list()).rejects.toMatchObject({ code: "no_session" });
  });

  it.each([
    [undefined, false],
    [["demo"], false],
    [["demo", "sessions"], true],
  ])("are there where the session's extensions say so: %j", (extensions, expected) => {
    const { client } = createTestClient({ user: "ada" });
    const stop = client.start();
    return client.session.check().then((view) => {
      stop();
      if (view.state !== "active") throw new Error("nobody is signed in");
      expect(hasOwnSessions(extensions === undefined ? view : { ...view, extensions })).toBe(expected);
    });
  });
});
