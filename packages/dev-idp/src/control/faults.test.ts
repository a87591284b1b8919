import * as client from "openid-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestParty, type TestParty } from "../relying-party.fixture.ts";

let party: TestParty;
beforeAll(async () => {
  party = await startTestParty();
});
afterAll(() => party.idp.close());
afterEach(() => party.control.reset());

function refresh(refreshToken: string) {
  return party.post("/token", { grant_type: "refresh_token", refresh_token: refreshToken });
}

describe("a fault", () => {
  it("strikes the person whom it names and nobody else", async () => {
    const [ada, ines] = await Promise.all([party.signIn("ada"), party.signIn("ines")]);
    await party.control.addFault({ kind: "unavailable", user: "ada" });
    expect((await refresh(ada.refreshToken)).status).toBe(503);
    expect((await refresh(ines.refreshToken)).status).toBe(200);
    expect(party.idp.counters("ada").faultsApplied).toBe(1);
  });

  it("finds the person behind an authorization code, too", async () => {
    await party.control.addFault({ kind: "unavailable", user: "ada" });
    await expect(party.signIn("ada")).rejects.toMatchObject({ code: "OAUTH_RESPONSE_IS_NOT_CONFORM" });
    await party.signIn("ines");
    expect(party.idp.counters("ada")).toMatchObject({ codeExchanges: 1, faultsApplied: 1 });
  });

  it("strikes as often as it says, and is gone afterwards", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "unavailable", times: 2 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await refresh(refreshToken)).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(await party.control.faults()).toEqual([]);
  });

  it("ends by itself after its time", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "unavailable", forSeconds: 0.001 });
    await expect.poll(() => party.control.faults()).toEqual([]);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it("is over when it is cleared, alone or with all others", async () => {
    const { refreshToken } = await party.signIn();
    const { id } = await party.control.addFault({ kind: "answer", status: 418 });
    await party.control.addFault({ kind: "unavailable" });
    expect((await refresh(refreshToken)).status).toBe(418);
    await party.control.clearFaults(id);
    expect((await refresh(refreshToken)).status).toBe(503);
    await party.control.clearFaults();
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it("of kind unavailable says when to come back, only where asked to", async () => {
    await party.control.addFault({ kind: "unavailable", retryAfterSeconds: 7, times: 1 });
    await party.control.addFault({ kind: "unavailable", times: 1 });
    expect((await refresh("any")).headers.get("retry-after")).toBe("7");
    expect((await refresh("any")).headers.get("retry-after")).toBeNull();
  });

  it("of kind answer sends any status, body and type, and processes nothing", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({
      kind: "answer",
      status: 400,
      body: "<h1>no</h1>",
      contentType: "text/html",
      headers: { "x-odd": "1" },
      times: 1,
    });
    const answer = await refresh(refreshToken);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("text/html");
    expect(answer.headers.get("x-odd")).toBe("1");
    expect(await answer.text()).toBe("<h1>no</h1>");
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it("of kind answer, after processing, swallows an answer whose token is spent", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "answer", status: 502, body: "gateway", when: "after", times: 1 });
    const answer = await refresh(refreshToken);
    expect([answer.status, await answer.text()]).toEqual([502, "gateway"]);
    expect((await refresh(refreshToken)).status).toBe(400);
    expect(party.idp.counters()).toMatchObject({ refreshSuccesses: 1, reuseDetected: 1 });
  });

  it("of kind reset breaks the connection and leaves the refresh token unspent", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "reset", times: 1 });
    await expect(refresh(refreshToken)).rejects.toThrow(TypeError);
    expect((await refresh(refreshToken)).status).toBe(200);
    expect(party.idp.counters()).toMatchObject({ refreshes: 2, refreshSuccesses: 1, reuseDetected: 0 });
  });

  it("of kind reset, after processing, breaks the connection when the refresh token is spent", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "reset", when: "after", times: 1 });
    await expect(refresh(refreshToken)).rejects.toThrow(TypeError);
    expect(party.idp.counters()).toMatchObject({ refreshSuccesses: 1, reuseDetected: 0 });
    expect((await refresh(refreshToken)).status).toBe(400);
    expect(party.idp.counters().reuseDetected).toBe(1);
  });

  it("of kind hold keeps requests until they are released, unprocessed", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "hold", user: "ada" });
    const pending = refresh(refreshToken);
    expect(await party.control.waitUntilHeld()).toBe(true);
    expect(party.idp.counters()).toMatchObject({ refreshes: 1, refreshSuccesses: 0 });
    expect((await party.control.faults())[0]).toMatchObject({ held: 1 });
    expect(await party.control.release()).toBe(1);
    expect((await pending).status).toBe(200);
    expect(await party.control.faults()).toEqual([]);
  });

  it("of kind hold, after processing, keeps the answer back", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "hold", when: "after", times: 1 });
    const pending = refresh(refreshToken);
    expect(await party.control.waitUntilHeld()).toBe(true);
    expect(party.idp.counters()).toMatchObject({ refreshSuccesses: 1 });
    await party.control.clearFaults();
    expect((await pending).status).toBe(200);
  });

  it("waits in vain, and says so, when nothing is held", async () => {
    expect(await party.control.waitUntilHeld({ withinMs: 1 })).toBe(false);
  });

  it("of kind delay lets the request through afterwards", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "delay", ms: 5, times: 1 });
    expect((await refresh(refreshToken)).status).toBe(200);
    expect(party.idp.counters().faultsApplied).toBe(1);
  });

  it("for one grant type leaves the other alone", async () => {
    await party.control.addFault({ kind: "unavailable", grant: "refresh_token" });
    const { refreshToken } = await party.signIn();
    expect((await refresh(refreshToken)).status).toBe(503);
  });

  it("strikes userinfo, introspection, revocation, keys and discovery where told to", async () => {
    const { tokens, refreshToken } = await party.signIn();
    for (const endpoint of ["userinfo", "introspection", "revocation"] as const) {
      await party.control.addFault({ kind: "unavailable", endpoint, user: "ada" });
    }
    await party.control.addFault({ kind: "unavailable", endpoint: "jwks" });
    await party.control.addFault({ kind: "unavailable", endpoint: "discovery" });
    const bearer = { authorization: `Bearer ${tokens.access_token}` };
    expect((await fetch(`${party.idp.issuer}/me`, { headers: bearer })).status).toBe(503);
    expect((await party.post("/token/introspection", { token: tokens.access_token })).status).toBe(503);
    expect((await party.post("/token/revocation", { token: refreshToken })).status).toBe(503);
    expect((await fetch(`${party.idp.issuer}/jwks`)).status).toBe(503);
    expect((await fetch(`${party.idp.issuer}/.well-known/openid-configuration`)).status).toBe(503);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it("at any endpoint takes the whole provider down, the control API excepted", async () => {
    await party.control.addFault({ kind: "reset", endpoint: "any" });
    await expect(fetch(`${party.idp.issuer}/.well-known/openid-configuration`)).rejects.toThrow(TypeError);
    await expect(fetch((await party.authorizationUrl()).url)).rejects.toThrow(TypeError);
    expect(await party.control.faults()).toHaveLength(1);
  });

  it("that changes nothing for a healthy client stays unnoticed by openid-client", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "delay", ms: 1 });
    const answer = await client.refreshTokenGrant(party.config, refreshToken);
    expect(answer.refresh_token).toBeDefined();
  });
});
