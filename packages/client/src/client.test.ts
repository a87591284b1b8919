import type { SignedInView } from "@coatcheck/contract";
import { afterEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { createFakePage } from "../suite/fake-page.ts";
import { closeTabs, ines, openTab } from "../suite/open-tab.ts";
import {
  checks,
  createScriptedBff,
  MINUTE,
  NOON,
  ORIGIN,
  problemResponse,
  signedInView,
} from "../suite/scripted-bff.ts";
import { createClient } from "./client.ts";
import { CoatcheckError } from "./coatcheck-error.ts";

afterEach(closeTabs);

describe("calls to the server", () => {
  it("tells the profile", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["GET /bff/userinfo"] = () => Response.json({ sub: "ada", email: "ada@example.com" });
    const { client } = await openTab(bff);
    expect(await client.userinfo()).toEqual({ sub: "ada", email: "ada@example.com" });
  });

  it("takes over what an explicit refresh says", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["POST /bff/refresh"] = () => Response.json(signedInView(NOON, { generation: 2 }));
    const { client } = await openTab(bff);
    const view = await client.refresh();
    expectTypeOf(view).toEqualTypeOf<SignedInView>();
    expect(view.generation).toBe(2);
    expect(client.session.get()).toMatchObject({ generation: 2 });
  });

  it("doesn't let an older answer overwrite a newer one", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    const { client } = await openTab(bff);
    const late = Promise.withResolvers<Response>();
    bff.session = () => late.promise;
    const check = client.session.check();
    bff.routes["POST /bff/refresh"] = () => Response.json(signedInView(NOON, { generation: 2 }));
    await client.refresh();
    late.resolve(Response.json(signedInView(NOON, { generation: 1 })));
    expect(await check).toMatchObject({ generation: 2 });
  });

  it.each([
    [undefined, "{}"],
    [{ resource: "https://api.example" }, '{"resource":"https://api.example"}'],
  ])("validates a token: %j", async (options, body) => {
    const facts = { active: true, method: "jwt", resource: "", scopes: ["openid"], audience: ["x"] };
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["POST /bff/validate"] = () => Response.json(facts);
    const { client } = await openTab(bff);
    expect(await client.validate(options)).toEqual(facts);
    expect(await bff.requests.at(-1)?.text()).toBe(body);
    expect(bff.requests.at(-1)?.headers.get("content-type")).toBe("application/json");
  });

  it.each([
    [() => Response.json({ email: "nobody" }), { code: "unexpected_answer", status: 200 }],
    [() => new Response("<html>"), { code: "unexpected_answer", status: 200 }],
    [() => new Response("Bad gateway", { status: 502 }), { code: "unexpected_answer", status: 502 }],
    [() => problemResponse("provider_error"), { code: "provider_error", status: 502 }],
    [() => new Response(brokenBody()), { code: "network", status: 200 }],
  ])("has a code for every wrong answer", async (answer, expected) => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["GET /bff/userinfo"] = answer;
    const { client } = await openTab(bff);
    const error: unknown = await client.userinfo().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CoatcheckError);
    expect(error).toMatchObject(expected);
  });

  it("finds the BFF below a base path", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["GET /desk/bff/session"] = () => Response.json(signedInView(NOON));
    const client = createClient({
      baseUrl: "/desk",
      fetch: bff.fetch,
      page: createFakePage(),
      now: () => NOON,
    });
    expect((await client.session.check()).state).toBe("active");
  });
});

describe("sign-out", () => {
  it("signs out at the server, forgets the person, tells the page, then leaves", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["POST /bff/logout"] = () => Response.json({ next: "/bff/logout/provider" });
    const { client, page, changes } = await openTab(bff);
    await client.logout({ provider: true });
    expect(await bff.requests.at(-1)?.text()).toBe('{"provider":true}');
    expect(client.session.get()).toMatchObject({ state: "anonymous", reason: "signed_out" });
    expect(client.userKey()).toBeUndefined();
    expect(changes).toEqual([{ before: "key-of-ada", now: undefined }]);
    expect(page.left).toEqual(["/bff/logout/provider"]);
  });

  it("stays signed in when the server can't sign out", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["POST /bff/logout"] = () => problemResponse("ledger_unavailable");
    const { client, page } = await openTab(bff);
    await expect(client.logout()).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(client.session.get().state).toBe("active");
    expect(page.left).toEqual([]);
  });

  it.each(["https://evil.example/", "//evil.example", "javascript:alert(1)"])(
    "doesn't leave for %s",
    async (next) => {
      const bff = createScriptedBff(signedInView(NOON));
      bff.routes["POST /bff/logout"] = () => Response.json({ next });
      const { client, page } = await openTab(bff);
      await expect(client.logout()).rejects.toMatchObject({ code: "unexpected_answer" });
      expect(page.left).toEqual([]);
    },
  );

  it("S-099: a check that was under way doesn't bring the data back", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["POST /bff/logout"] = () => Response.json({ next: "/" });
    const { client } = await openTab(bff);
    const late = Promise.withResolvers<Response>();
    const before = checks(bff);
    bff.session = () => late.promise;
    const check = client.session.check();
    await vi.waitFor(() => expect(checks(bff)).toBe(before + 1));
    await client.logout();
    late.resolve(Response.json(signedInView(NOON)));
    expect(await check).toMatchObject({ state: "anonymous", reason: "signed_out" });
  });
});

describe("the person", () => {
  it("stays while they can sign in again, so that another person is noticed", async () => {
    let now = NOON;
    const bff = createScriptedBff(signedInView(NOON));
    const { client, changes } = await openTab(bff, undefined, () => now);
    bff.session = { state: "anonymous", reason: "idle_timeout", now };
    now += 31 * MINUTE;
    await client.session.check();
    expect(client.userKey()).toBe("key-of-ada");
    await client.apiFetch("/api/notes");
    expect(bff.requests.at(-1)?.headers.get("x-coatcheck-user")).toBe("key-of-ada");
    expect(changes).toEqual([]);
    bff.session = ines(now);
    await client.session.check();
    expect(changes).toEqual([{ before: "key-of-ada", now: "key-of-ines" }]);
  });

  it("is the same after signing in again", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    const { client, changes } = await openTab(bff);
    bff.session = { state: "anonymous", reason: "grant_ended", now: NOON };
    await client.session.check();
    bff.session = signedInView(NOON, { ticket: "9999" });
    await client.session.check();
    expect(changes).toEqual([]);
  });

  it("notices a change through 409 even where nobody seemed signed in", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    const { client, changes } = await openTab(bff);
    bff.session = { state: "anonymous", reason: "idle_timeout", now: NOON };
    await client.session.check();
    bff.session = ines();
    bff.routes["POST /api/notes"] = () => problemResponse("user_changed");
    await expect(client.apiFetch("/api/notes", { method: "POST" })).rejects.toMatchObject({
      code: "user_changed",
    });
    await vi.waitFor(() => expect(changes).toHaveLength(1));
  });
});

describe("outside of a page", () => {
  it("works against an absolute address", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    const left: string[] = [];
    const client = createClient({
      baseUrl: ORIGIN,
      fetch: bff.fetch,
      navigate: (url) => left.push(url),
      channelName: crypto.randomUUID(),
    });
    const stop = client.start();
    await client.session.check();
    expect(client.session.get().state).toBe("active");
    client.login();
    stop();
    expect(left).toEqual([`${ORIGIN}/bff/login?returnTo=%2F`]);
  });
});

function brokenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"sub":'));
      controller.error(new TypeError("terminated"));
    },
  });
}
