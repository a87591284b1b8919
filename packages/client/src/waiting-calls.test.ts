import { afterEach, describe, expect, it, vi } from "vitest";
import { createFakePage } from "../suite/fake-page.ts";
import {
  createScriptedBff,
  NOON,
  problemResponse,
  signedInView,
  type ScriptedBff,
} from "../suite/scripted-bff.ts";
import { createClient } from "./client.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

let ticks = 0;
const clock = () => NOON + (ticks += 1);

/** A page whose person was signed in; the server refuses calls until `signInAgain`. */
async function withEndedSession(reason = "revoked") {
  let ticket = 1;
  const view = () => signedInView(NOON, { now: clock(), ticket: String(ticket) });
  const bff = createScriptedBff(view);
  const page = createFakePage();
  const client = createClient({
    fetch: bff.fetch,
    page,
    now: clock,
    keepCalls: true,
    channelName: crypto.randomUUID(),
  });
  stops.push(client.start());
  await client.session.check();
  const bodies: string[] = [];
  const refuse = () => problemResponse("no_session", { reason });
  bff.session = () => ({ state: "anonymous", reason: "none", now: clock() });
  const route = (call: string, answer: ScriptedBff["routes"][string]) => void (bff.routes[call] = answer);
  const take = async (request: Request) => {
    bodies.push(await request.text());
    return Response.json({ taken: bodies.length });
  };
  return {
    bff,
    client,
    page,
    bodies,
    route,
    refuse,
    take,
    count: (call: string) => bff.calls.filter((other) => other === call).length,
    signInAgain: async (person: Parameters<typeof signedInView>[1] = {}) => {
      ticket += 1;
      bff.session = () => ({ ...view(), ...person });
      await client.session.check();
    },
  };
}

/** What a call ended with: its answer, or its error. */
const outcomeOf = (call: Promise<Response>): Promise<unknown> => call.catch((error: unknown) => error);

describe("a call that meets the end of the session", () => {
  it.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])(
    "waits, and goes on after the sign-in: %s",
    async (method) => {
      const { client, route, refuse, take, signInAgain, count } = await withEndedSession();
      route(`${method} /api/notes/7`, refuse);
      const call = client.apiFetch("/api/notes/7", { method });
      await vi.waitFor(() => expect(client.waiting.get()).toMatchObject([{ method, needs: "sign_in" }]));
      expect(client.session.get()).toMatchObject({ state: "anonymous", reason: "revoked" });
      route(`${method} /api/notes/7`, take);
      await signInAgain();
      expect((await call).status).toBe(200);
      expect(count(`${method} /api/notes/7`)).toBe(2);
      expect(client.waiting.get()).toEqual([]);
    },
  );

  it("sends its body again, whole", async () => {
    const { client, route, refuse, take, signInAgain, bodies } = await withEndedSession();
    route("PUT /api/notes/7", refuse);
    const calls = [
      client.apiFetch("/api/notes/7", { method: "PUT", body: "typed" }),
      client.apiFetch(new Request("http://localhost:3000/api/notes/7", { method: "PUT", body: "asked for" })),
    ];
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(2));
    route("PUT /api/notes/7", take);
    await signInAgain();
    await Promise.all(calls);
    expect(bodies.toSorted()).toEqual(["asked for", "typed"]);
  });

  it.each([
    ["sends it again where the person says so", true],
    ["gives it up where they say no", false],
  ])("asks before a POST without a key is repeated, and %s", async (_name, send) => {
    const { client, route, refuse, take, signInAgain, count } = await withEndedSession();
    route("POST /api/notes", refuse);
    const call = client.apiFetch("/api/notes", { method: "POST", body: "x" });
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(1));
    route("POST /api/notes", take);
    await signInAgain();
    expect(client.waiting.get()).toMatchObject([{ needs: "answer", error: { code: "no_session" } }]);
    expect(count("POST /api/notes")).toBe(1);
    client.waiting.answer(client.waiting.get()[0]?.id ?? 0, send);
    expect(await outcomeOf(call)).toMatchObject(send ? { status: 200 } : { code: "no_session" });
    expect(count("POST /api/notes")).toBe(send ? 2 : 1);
    expect(client.waiting.get()).toEqual([]);
  });

  it("repeats a POST with an idempotency key by itself, with the same key", async () => {
    const { bff, client, route, refuse, take, signInAgain } = await withEndedSession();
    route("POST /api/notes", refuse);
    const call = client.apiFetch("/api/notes", { method: "POST", headers: { "idempotency-key": "k1" } });
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(1));
    route("POST /api/notes", take);
    await signInAgain();
    await call;
    const keys = bff.requests
      .filter(({ method }) => method === "POST")
      .map(({ headers }) => headers.get("idempotency-key"));
    expect(keys).toEqual(["k1", "k1"]);
  });

  it("ends when somebody else signs in: nothing of the one is sent as the other", async () => {
    const { client, route, refuse, take, signInAgain, count } = await withEndedSession();
    route("PUT /api/notes/7", refuse);
    const call = client.apiFetch("/api/notes/7", { method: "PUT", body: "of ada" });
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(1));
    route("PUT /api/notes/7", take);
    const outcome = outcomeOf(call);
    await signInAgain({ userKey: "key-of-ines" });
    expect(await outcome).toMatchObject({ code: "no_session" });
    expect(count("PUT /api/notes/7")).toBe(1);
  });

  it("ends when the person signs out", async () => {
    const { client, bff, route, refuse } = await withEndedSession();
    route("GET /api/a", refuse);
    const call = client.apiFetch("/api/a");
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(1));
    bff.routes["POST /bff/logout"] = () => Response.json({ next: "/" });
    const outcome = outcomeOf(call);
    await client.logout();
    expect(await outcome).toMatchObject({ code: "no_session" });
  });

  it("ends when its caller aborts it", async () => {
    const { client, route, refuse } = await withEndedSession();
    route("GET /api/a", refuse);
    const abort = new AbortController();
    const call = client.apiFetch("/api/a", { signal: abort.signal });
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(1));
    const reason = new Error("changed my mind");
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(client.waiting.get()).toEqual([]);
  });

  it("gives up where signing in doesn't help", async () => {
    const { client, route, refuse, signInAgain, count } = await withEndedSession();
    route("GET /api/a", refuse);
    const call = outcomeOf(client.apiFetch("/api/a"));
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(1));
    await signInAgain();
    await vi.waitFor(() => expect(count("GET /api/a")).toBe(2));
    await vi.waitFor(() => expect(client.waiting.get()).toHaveLength(1));
    await signInAgain();
    expect(await call).toMatchObject({ code: "no_session" });
    expect(count("GET /api/a")).toBe(3);
  });

  it("fails at once where its body is a stream, which can't be sent twice", async () => {
    const { client, route, refuse } = await withEndedSession();
    route("PUT /api/a", refuse);
    const body = new Blob(["x"]).stream();
    const init = { method: "PUT", body, duplex: "half" } as RequestInit;
    await expect(client.apiFetch("/api/a", init)).rejects.toMatchObject({ code: "no_session" });
  });

  it("fails at once where the page keeps no calls, and where nobody was ever signed in", async () => {
    const bff = createScriptedBff({ state: "anonymous", reason: "none", now: NOON });
    bff.routes["GET /api/a"] = () => problemResponse("no_session", { reason: "none" });
    for (const keepCalls of [true, false]) {
      const client = createClient({ fetch: bff.fetch, page: createFakePage(), now: clock, keepCalls });
      await client.session.check();
      await expect(client.apiFetch("/api/a")).rejects.toMatchObject({ code: "no_session" });
    }
  });

  it("doesn't keep the client's own calls", async () => {
    const { client, route, refuse } = await withEndedSession();
    route("GET /bff/userinfo", refuse);
    await expect(client.userinfo()).rejects.toMatchObject({ code: "no_session" });
    expect(client.waiting.get()).toEqual([]);
  });
});

describe("a call for which a fresher sign-in is asked", () => {
  async function askedForStepUp(method: string, reason?: string) {
    const all = await withEndedSession(reason);
    await all.signInAgain();
    all.route(`${method} /api/notes`, () =>
      problemResponse("step_up_required", { acrValues: "urn:mfa", maxAgeSeconds: 60 }),
    );
    const call = all.client.apiFetch("/api/notes", { method });
    call.catch(() => undefined);
    await vi.waitFor(() => expect(all.client.waiting.get()).toMatchObject([{ needs: "step_up" }]));
    return { ...all, call };
  }

  it("waits for another sign-in, and not for another look at the same session", async () => {
    const { client, call, route, take, signInAgain, count } = await askedForStepUp("DELETE");
    await client.session.check();
    expect(client.waiting.get()).toHaveLength(1);
    route("DELETE /api/notes", take);
    await signInAgain();
    expect((await call).status).toBe(200);
    expect(count("DELETE /api/notes")).toBe(2);
  });

  it("begins a sign-in with what was asked for", async () => {
    const { client, page } = await askedForStepUp("DELETE");
    void client.stepUp();
    const { searchParams } = new URL(page.opened[0] ?? "", "http://localhost:3000");
    expect(Object.fromEntries(searchParams)).toEqual({
      returnTo: "/?signin-window=1",
      acr_values: "urn:mfa",
      max_age: "60",
    });
  });

  it("asks for an answer where it may have had an effect", async () => {
    const { client, signInAgain } = await askedForStepUp("POST");
    await signInAgain();
    expect(client.waiting.get()).toMatchObject([{ needs: "answer" }]);
  });

  it("outlives a call that was under way with the cookie before, and the page stays its person's", async () => {
    const { bff, client, call, route, take, refuse, count } = await askedForStepUp("DELETE", "none");
    const changes: unknown[] = [];
    client.onPersonChange((change) => void changes.push(change));
    route("DELETE /api/notes", take);
    bff.session = () => signedInView(NOON, { now: clock(), ticket: "3" });
    let isReplaced = false;
    route("GET /api/notes", (request) => {
      if (isReplaced) return take(request);
      isReplaced = true;
      return refuse();
    });
    const list = await client.apiFetch("/api/notes");
    expect(list.status).toBe(200);
    expect((await call).status).toBe(200);
    expect(count("DELETE /api/notes")).toBe(2);
    expect(changes).toEqual([]);
  });
});
