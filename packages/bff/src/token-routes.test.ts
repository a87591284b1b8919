import { profileSchema, sessionViewSchema, tokenFactsSchema } from "@coatcheck/contract";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RESOURCE, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/browser.ts";

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.control.reset();
  browser = rig.browser();
  await rig.signIn(browser);
});

function post(path: string, body?: unknown) {
  return browser.fetch(path, {
    method: "POST",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
async function problemOf(response: Response) {
  return [response.status, ((await response.json()) as { code: string }).code];
}

describe("the profile", () => {
  it("S-053: is what the provider says about the person", async () => {
    const answer = await browser.fetch("/bff/userinfo");
    expect(answer.status).toBe(200);
    expect(profileSchema.parse(await answer.json())).toMatchObject({ sub: "ada", name: "Ada Lindqvist" });
  });

  it("S-142: a provider that is down or talks nonsense makes 503 or 502, and no session ends", async () => {
    await rig.control.addFault({ kind: "unavailable", endpoint: "userinfo", times: 1 });
    expect(await problemOf(await browser.fetch("/bff/userinfo"))).toEqual([503, "provider_unavailable"]);
    await rig.control.addFault({ kind: "answer", endpoint: "userinfo", status: 200, body: "[]", times: 1 });
    expect(await problemOf(await browser.fetch("/bff/userinfo"))).toEqual([502, "provider_error"]);
    expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
  });

  it("S-117: a refused token is replaced once", async () => {
    const rig = await startRig();
    const browser = rig.browser();
    await rig.signIn(browser);
    rig.advance(11_000);
    await rig.control.addFault({
      kind: "answer",
      endpoint: "userinfo",
      status: 401,
      headers: { "www-authenticate": 'Bearer error="invalid_token"' },
      times: 1,
    });
    const answer = await browser.fetch("/bff/userinfo");
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(rig.idp.counters().refreshes).toBe(1);
    await rig.close();
  });
});

describe("the session on the wire", () => {
  it("counts the token that is in use: an API's own, once calls renew only that", async () => {
    const rig = await startRig();
    const browser = rig.browser();
    await rig.signIn(browser);
    const view = async () => sessionViewSchema.parse(await (await browser.fetch("/bff/session")).json());
    rig.advance(400_000);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    const later = await view();
    // 300 s from now, and not the first token's end, which has passed.
    expect("accessTokenExpiresAt" in later && later.accessTokenExpiresAt).toBeGreaterThan(later.now);
    await rig.close();
  });
});

describe("an explicit refresh", () => {
  it("makes one token call and raises the coat number", async () => {
    const answer = await post("/bff/refresh");
    expect(answer.status).toBe(200);
    expect(sessionViewSchema.parse(await answer.json())).toMatchObject({ state: "active", generation: 1 });
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(rig.idp.counters().refreshes).toBe(1);
    expect(sessionViewSchema.parse(await (await browser.fetch("/bff/session")).json())).toMatchObject({
      generation: 1,
    });
  });

  it("refreshes the token for a resource, so that the next call to its API uses a new one", async () => {
    await browser.fetch("/api/notes/1");
    const [before] = rig.api.calls.slice(-1);
    expect((await post("/bff/refresh", { resource: RESOURCE })).status).toBe(200);
    await browser.fetch("/api/notes/1");
    const [after] = rig.api.calls.slice(-1);
    expect(after?.headers.authorization).not.toBe(before?.headers.authorization);
    expect(rig.idp.counters().refreshes).toBe(2);
  });

  it.each([{ resource: "https://elsewhere.example/" }, { resource: 7 }, "words"])(
    "asks for no token but those of its routes: %j",
    async (body) => {
      expect(await problemOf(await post("/bff/refresh", body))).toEqual([400, "bad_request"]);
      expect(rig.idp.counters().refreshes).toBe(0);
    },
  );

  it("S-084: ten at once lose nothing", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post("/bff/refresh")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
  });

  it("S-016: needs a session", async () => {
    const answer = await rig.browser().fetch("/bff/refresh", { method: "POST" });
    expect(await problemOf(answer)).toEqual([401, "no_session"]);
  });
});

describe("validation", () => {
  it("tells facts about the provider's own token, never the token", async () => {
    const answer = await post("/bff/validate");
    const facts = tokenFactsSchema.parse(await answer.json());
    expect(facts).toMatchObject({ active: true, method: "introspection", resource: "" });
    expect(facts.scopes).toContain("openid");
    expect(facts.expiresAt).toBeGreaterThan(Date.now());
  });

  it("tells facts about a resource's token", async () => {
    const facts = tokenFactsSchema.parse(await (await post("/bff/validate", { resource: RESOURCE })).json());
    expect(facts).toMatchObject({
      active: true,
      method: "jwt",
      resource: RESOURCE,
      audience: [RESOURCE],
      scopes: ["notes:read"],
    });
  });

  it("refuses resources that no route is meant for, and bodies that it can't read", async () => {
    const tokenCalls = rig.idp.counters().tokenCalls;
    for (const body of [{ resource: "https://other.example/" }, { resource: 1 }, [], "x", null]) {
      expect(await problemOf(await post("/bff/validate", body))).toEqual([400, "bad_request"]);
    }
    expect(rig.idp.counters().tokenCalls).toBe(tokenCalls);
  });
});
