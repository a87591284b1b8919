import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { createFakePage } from "../suite/fake-page.ts";
import { createScriptedBff, NOON, ORIGIN, problemResponse, signedInView } from "../suite/scripted-bff.ts";
import { createClient, type CoatcheckClient } from "./client.ts";
import { CoatcheckError } from "./coatcheck-error.ts";

function setUp() {
  const bff = createScriptedBff(signedInView(NOON));
  const page = createFakePage();
  const client = createClient({ fetch: bff.fetch, page, now: () => NOON });
  return { bff, page, client };
}

async function errorOf(promise: Promise<unknown>): Promise<CoatcheckError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof CoatcheckError)) throw new Error("no CoatcheckError", { cause: error });
  return error;
}

describe("apiFetch", () => {
  it("adds the guard header, and the person once somebody is known", async () => {
    const { bff, client } = setUp();
    await client.apiFetch("/api/notes");
    await client.session.check();
    await client.apiFetch("/api/notes", { headers: { "x-coatcheck": "0" } });
    const [before, , after] = bff.requests;
    expect(before?.headers.get("x-coatcheck")).toBe("1");
    expect(before?.headers.has("x-coatcheck-user")).toBe(false);
    expect(after?.headers.get("x-coatcheck")).toBe("1");
    expect(after?.headers.get("x-coatcheck-user")).toBe("key-of-ada");
    expect(after?.credentials).toBe("same-origin");
  });

  it("leaves the caller's Request and the person it names untouched", async () => {
    const { bff, client } = setUp();
    await client.session.check();
    const request = new Request(`${ORIGIN}/api/notes`, { headers: { "x-coatcheck-user": "key-of-ines" } });
    await client.apiFetch(request);
    expect(request.headers.has("x-coatcheck")).toBe(false);
    expect(bff.requests.at(-1)?.headers.get("x-coatcheck-user")).toBe("key-of-ines");
  });

  it("resolves relative addresses as the page does", async () => {
    const { bff, client } = setUp();
    await client.apiFetch("api/notes?page=2");
    await client.apiFetch("//localhost:3000/api/notes");
    expect(bff.calls).toEqual(["GET /api/notes?page=2", "GET /api/notes"]);
  });

  it.each([
    "https://localhost:3000/api/notes",
    "http://localhost:3001/api/notes",
    "//evil.example/api/notes",
    String.raw`\\evil.example/api/notes`,
    "http://localhost.evil.example:3000/",
    "data:text/plain,hello",
    new URL("http://127.0.0.1:3000/api/notes"),
    new Request("http://evil.example/api/notes"),
  ])("refuses another origin before anything is sent: %s", async (target) => {
    const { bff, client } = setUp();
    const error = await errorOf(client.apiFetch(target));
    expect(error.code).toBe("cross_origin");
    expect(bff.calls).toEqual([]);
  });

  it.each([400, 401, 403, 404, 409, 422, 429, 500, 503])(
    "returns an API's own %i untouched",
    async (status) => {
      const { bff, client } = setUp();
      const headers = { "content-type": "application/problem+json", "x-own": "yes" };
      const body = JSON.stringify({ code: "no_session" });
      bff.routes["GET /api/notes"] = () => new Response(body, { status, headers });
      const response = await client.apiFetch("/api/notes");
      expect(response.status).toBe(status);
      expect(response.headers.get("x-own")).toBe("yes");
      expect(await response.text()).toBe(body);
      expect(bff.calls).toEqual(["GET /api/notes"]);
    },
  );

  it("throws our problems with code, status, reason and waiting time", async () => {
    const { bff, client } = setUp();
    bff.routes["GET /api/a"] = () => problemResponse("no_session", { reason: "idle_timeout" });
    bff.routes["GET /api/b"] = () => problemResponse("refresh_unavailable", { retryAfterSeconds: 7 });
    const ended = await errorOf(client.apiFetch("/api/a"));
    expect(ended).toMatchObject({ code: "no_session", status: 401, reason: "idle_timeout" });
    expect(ended.problem?.title).toBe("no_session");
    const waiting = await errorOf(client.apiFetch("/api/b"));
    expect(waiting).toMatchObject({ code: "refresh_unavailable", status: 503, retryAfterSeconds: 7 });
  });

  it.each([
    ["no body", null],
    ["a cut body", '{"type":"about:bl'],
    ["another body", "[]"],
  ])("trusts the header where the problem has %s", async (_name, body) => {
    const { bff, client } = setUp();
    bff.routes["HEAD /api/a"] = () =>
      new Response(body, {
        status: 503,
        headers: { "coatcheck-problem": "ledger_unavailable", "retry-after": "3" },
      });
    const error = await errorOf(client.apiFetch("/api/a", { method: "HEAD" }));
    expect(error).toMatchObject({ code: "ledger_unavailable", status: 503, retryAfterSeconds: 3 });
    expect(error.problem).toBeUndefined();
  });

  it("calls a problem that it doesn't know an unexpected answer", async () => {
    const { bff, client } = setUp();
    bff.routes["GET /api/a"] = () =>
      new Response(null, { status: 418, headers: { "coatcheck-problem": "constructor" } });
    expect(await errorOf(client.apiFetch("/api/a"))).toMatchObject({
      code: "unexpected_answer",
      status: 418,
    });
  });

  it.each([
    ["5", 5],
    [new Date(NOON + 90_000).toUTCString(), 90],
    [new Date(NOON - 90_000).toUTCString(), 0],
    ["soon", undefined],
  ])("reads Retry-After: %s", async (value, seconds) => {
    const { bff, client } = setUp();
    const headers = { "coatcheck-problem": "provider_unavailable", "retry-after": value };
    bff.routes["GET /api/a"] = () => new Response(null, { status: 503, headers });
    expect((await errorOf(client.apiFetch("/api/a"))).retryAfterSeconds).toBe(seconds);
  });

  it("calls it network where nobody answers, and keeps the cause", async () => {
    const { bff, client } = setUp();
    bff.down = true;
    const error = await errorOf(client.apiFetch("/api/a"));
    expect(error.code).toBe("network");
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it("rejects with the signal's reason when aborted", async () => {
    const { client } = setUp();
    const reason = new Error("changed my mind");
    await expect(client.apiFetch("/api/a", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each(["no_session", "stale_cookie", "user_changed"] as const)(
    "checks the session after %s",
    async (code) => {
      const { bff, client } = setUp();
      await client.session.check();
      bff.session = { state: "anonymous", reason: "revoked", now: NOON };
      bff.routes["GET /api/a"] = () => problemResponse(code);
      await errorOf(client.apiFetch("/api/a"));
      await vi.waitFor(() => expect(client.session.get()).toMatchObject({ reason: "revoked" }));
    },
  );

  it.each(["upstream_failed", "guard_refused", "bad_request"] as const)(
    "leaves the session alone after %s",
    async (code) => {
      const { bff, client } = setUp();
      await client.session.check();
      bff.routes["GET /api/a"] = () => problemResponse(code);
      await errorOf(client.apiFetch("/api/a"));
      await new Promise((resolve) => setImmediate(resolve));
      expect(bff.calls).toEqual(["GET /bff/session", "GET /api/a"]);
    },
  );

  it("finds a server again that was unreachable, by the first answer", async () => {
    let now = NOON;
    const bff = createScriptedBff(() => signedInView(now));
    const client = createClient({ fetch: bff.fetch, page: createFakePage(), now: () => now });
    bff.down = true;
    expect((await client.session.check()).state).toBe("unreachable");
    bff.down = false;
    now += 3_000;
    await client.apiFetch("/api/a");
    await vi.waitFor(() => expect(client.session.get().state).toBe("active"));
  });

  it("is a fetch to the type checker", () => {
    expectTypeOf<CoatcheckClient["apiFetch"]>().toEqualTypeOf<typeof fetch>();
    expectTypeOf<CoatcheckClient["apiFetch"]>().toExtend<typeof globalThis.fetch>();
  });
});
