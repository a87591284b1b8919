import { describe, expect, it } from "vitest";
import { signedInName } from "../../examples/test-client.ts";
import { createTestClient } from "./test-client.ts";

describe("a client for tests", () => {
  it("is signed in as whom it is given, from the first question on", async () => {
    const { client } = createTestClient({ user: { sub: "ada", name: "Ada Lindqvist" } });
    expect(await client.session.check()).toMatchObject({
      state: "active",
      user: { sub: "ada", name: "Ada Lindqvist" },
    });
    expect(client.userKey()).toBe("key-of-ada");
  });

  it("answers API calls by its routes: values, functions and whole responses", async () => {
    const { client, calls } = createTestClient({
      user: "ada",
      routes: {
        "GET /api/notes": [{ id: 1 }],
        "POST /api/notes": async (request: Request) => ({ got: await request.json() }),
        "DELETE /api/notes": () => new Response(null, { status: 204 }),
      },
    });
    expect(await (await client.apiFetch("/api/notes?all=1")).json()).toEqual([{ id: 1 }]);
    const body = JSON.stringify({ text: "x" });
    expect(await (await client.apiFetch("/api/notes", { method: "POST", body })).json()).toEqual({
      got: { text: "x" },
    });
    expect((await client.apiFetch("/api/notes", { method: "DELETE" })).status).toBe(204);
    expect(calls).toEqual(["GET /api/notes?all=1", "POST /api/notes", "DELETE /api/notes"]);
  });

  it("names the routes that it has, where one is missing", async () => {
    const { client } = createTestClient({ user: "ada", routes: { "GET /api/notes": [] } });
    const answer = await client.apiFetch("/api/note");
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('no route "GET /api/note"; it has: GET /api/notes');
  });

  it("refuses API calls of nobody as the BFF does, and lets a sign-in in another tab be seen", async () => {
    const { client, signIn } = createTestClient({ routes: { "GET /api/notes": [] } });
    await expect(client.apiFetch("/api/notes")).rejects.toMatchObject({ code: "no_session" });
    await signIn("ines");
    expect(client.session.known()).toMatchObject({ state: "active", user: { sub: "ines" } });
    expect((await client.apiFetch("/api/notes")).status).toBe(200);
  });

  it("ends the session, and everybody hears whose page it was", async () => {
    const { client, endSession } = createTestClient({ user: "ada" });
    await client.session.check();
    let hasHeard = false;
    client.onPersonChange(() => (hasHeard = true));
    await endSession("idle_timeout");
    expect(client.session.get()).toMatchObject({ state: "anonymous", reason: "idle_timeout" });
    await endSession("signed_out");
    expect(hasHeard).toBe(true);
  });

  it("fails the next API call with a problem of the BFF, and no other", async () => {
    const { client, failNext } = createTestClient({ user: "ada", routes: { "GET /api/notes": [] } });
    failNext("step_up_required", { acrValues: "gold" });
    await expect(client.apiFetch("/api/notes")).rejects.toMatchObject({
      code: "step_up_required",
      problem: { acrValues: "gold" },
    });
    expect((await client.apiFetch("/api/notes")).status).toBe(200);
  });

  it("refreshes, extends and signs out without a server", async () => {
    const { client, left } = createTestClient({ user: "ada" });
    expect(await client.refresh()).toMatchObject({ generation: 2 });
    await client.activity();
    expect(await client.userinfo()).toMatchObject({ sub: "ada" });
    await client.logout();
    expect(left).toEqual(["/"]);
    expect(await client.session.check()).toMatchObject({ state: "anonymous", reason: "signed_out" });
  });

  it("leaves for the sign-in page, which a test can see", () => {
    const { client, left } = createTestClient();
    client.login({ returnTo: "/notes" });
    expect(left).toEqual([expect.stringContaining("/bff/login?returnTo=%2Fnotes")]);
  });

  it("works as its README says", async () => {
    expect(await signedInName()).toBe("Ada");
  });
});
