import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParty, type TestParty } from "../relying-party.fixture.ts";

let party: TestParty;
beforeAll(async () => {
  party = await startTestParty();
});
afterAll(() => party.idp.close());

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(new URL(`/control${path}`, party.idp.issuer), {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

/** `fetch` does not let anybody choose these headers; an attacker's browser does. */
function statusWithHeaders(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${party.idp.issuer}/control/counters`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.on("error", reject).end();
  });
}

describe("the control API", () => {
  it.each([
    { name: "an Origin", headers: { origin: "http://localhost:3000" } },
    { name: "its own origin", headers: { origin: "null" } },
    { name: "Sec-Fetch-Site: cross-site", headers: { "sec-fetch-site": "cross-site" } },
    { name: "Sec-Fetch-Site: same-origin", headers: { "sec-fetch-site": "same-origin" } },
    { name: "a rebound host name", headers: { host: "evil.example:4000" } },
  ])("refuses a request with $name, as a web page would send it", async ({ headers }) => {
    expect(await statusWithHeaders(headers)).toBe(403);
  });

  it("answers a developer who types its address", async () => {
    expect(await statusWithHeaders({ "sec-fetch-site": "none" })).toBe(200);
  });

  it.each([
    { name: "an unknown field", body: { kind: "reset", tmies: 1 }, word: "tmies" },
    { name: "an unknown kind", body: { kind: "explode" }, word: "kind" },
    { name: "a delay without ms", body: { kind: "delay" }, word: "ms" },
    { name: "a person who does not exist", body: { kind: "reset", user: "bob" }, word: "bob" },
    {
      name: "a late fault where none is possible",
      body: { kind: "reset", when: "after", endpoint: "jwks" },
      word: "after",
    },
    { name: "text that is not JSON", body: "{", word: "JSON" },
    { name: "a list", body: [], word: "object" },
  ])("answers 400 to $name and says what is wrong", async ({ body, word }) => {
    const answer = await call("POST", "/faults", body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(await answer.json())).toContain(word);
    expect(await party.control.faults()).toEqual([]);
  });

  it("answers 400 to a body of several megabytes", async () => {
    const body = JSON.stringify({ kind: "answer", status: 200, body: "x".repeat(3_000_000) });
    expect((await call("POST", "/faults", body)).status).toBe(400);
  });

  it.each([
    ["PUT", "/access-token-lifetime", { seconds: 0 }],
    ["PUT", "/client-secrets", { clientId: "nobody", secrets: ["x"] }],
    ["PUT", "/client-secrets", { clientId: "test-client", secrets: [] }],
    ["POST", "/revoke-grants", {}],
    ["POST", "/end-session", { user: "bob" }],
    ["POST", "/backchannel-logout", { user: "ada", by: "name" }],
    ["POST", "/reset", { now: true }],
    ["GET", "/counters?user=bob", undefined],
  ])("answers 400 to a senseless %s %s", async (method, path, body) => {
    expect((await call(method, path, body)).status).toBe(400);
  });

  it.each([
    ["GET", "/nothing"],
    ["GET", "/reset"],
    ["DELETE", "/faults/999"],
    ["GET", "/../token"],
  ])("answers 404 to %s %s", async (method, path) => {
    expect((await call(method, path)).status).toBe(404);
  });

  it("rejects with the reason in its typed client", async () => {
    await expect(party.control.revokeGrants("bob")).rejects.toMatchObject({ code: "control_refused" });
  });

  it("changes a client's secret, with both valid for a while, and back at a reset", async () => {
    const authenticate = async (): Promise<number> =>
      (await party.post("/token", { grant_type: "refresh_token", refresh_token: "unknown" })).status;
    const own = "test-secret-of-at-least-32-characters";
    const statuses: number[] = [];
    for (const secrets of [[own, "the next one"], ["the next one"], null]) {
      await party.control.setClientSecrets("test-client", secrets);
      statuses.push(await authenticate());
    }
    await party.control.setClientSecrets("test-client", ["the next one"]);
    await party.control.reset();
    expect([...statuses, await authenticate()]).toEqual([400, 401, 400, 400]);
  });

  it("counts nothing after a reset, and keeps grants and sessions", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.setAccessTokenLifetime(5);
    await party.control.addFault({ kind: "reset" });
    await party.control.reset();
    expect(party.idp.counters()).toMatchObject({ tokenCalls: 0, authorizations: 0 });
    const answer = await party.post("/token", { grant_type: "refresh_token", refresh_token: refreshToken });
    expect(await answer.json()).toMatchObject({ expires_in: 30 });
  });
});
