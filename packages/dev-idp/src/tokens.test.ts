import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NOTES, startTestParty, type TestParty } from "./relying-party.fixture.ts";
import { signInByForm } from "./scripted/sign-in-by-form.ts";

let party: TestParty;
beforeAll(async () => {
  party = await startTestParty();
});
afterAll(() => party.idp.close());
beforeEach(() => party.control.reset());

function refresh(refreshToken: string, params: Record<string, string> = {}) {
  return client.refreshTokenGrant(party.config, refreshToken, params);
}
function rawRefresh(refreshToken: string) {
  return party.post("/token", { grant_type: "refresh_token", refresh_token: refreshToken });
}

describe("tokens", () => {
  it("come with an ID token that says who signed in, when, and how to reach them", async () => {
    const { tokens } = await party.signIn("ines");
    expect(tokens.claims()).toMatchObject({
      iss: party.idp.issuer,
      sub: "ines",
      name: "Ines Okafor",
      email: "ines@example.org",
      email_verified: true,
      auth_time: expect.any(Number),
    });
  });

  it("are opaque for the provider itself, live 30 s, and open userinfo and introspection", async () => {
    const { tokens } = await party.signIn();
    expect(tokens.access_token).not.toContain(".");
    expect(tokens.expires_in).toBe(30);
    const profile = await client.fetchUserInfo(party.config, tokens.access_token, "ada");
    expect(profile).toMatchObject({ sub: "ada", name: "Ada Lindqvist" });
    const facts = await client.tokenIntrospection(party.config, tokens.access_token);
    expect(facts).toMatchObject({ active: true, sub: "ada", client_id: "test-client" });
  });

  it("are at+jwt signed with RS256 for an API that a refresh names as resource", async () => {
    const { tokens, refreshToken } = await party.signIn();
    const answer = await refresh(refreshToken, { resource: NOTES });
    expect(decodeProtectedHeader(answer.access_token)).toMatchObject({ alg: "RS256", typ: "at+jwt" });
    const jwks = createRemoteJWKSet(new URL("/jwks", party.idp.issuer));
    const { payload } = await jwtVerify(answer.access_token, jwks);
    expect(payload).toMatchObject({
      iss: party.idp.issuer,
      aud: "notes-api",
      sub: "ada",
      client_id: "test-client",
      scope: "notes:read notes:write",
      // An API that asks for a recent sign-in looks at it (RFC 9470).
      auth_time: tokens.claims()?.["auth_time"],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(30);
  });

  it("are opaque again on the next plain refresh", async () => {
    const { refreshToken } = await party.signIn();
    const forApi = await refresh(refreshToken, { resource: NOTES });
    const plain = await refresh(forApi.refresh_token ?? "");
    expect(plain.access_token).not.toContain(".");
    await client.fetchUserInfo(party.config, plain.access_token, "ada");
  });

  it("are refused for a resource that was never registered", async () => {
    const { refreshToken } = await party.signIn();
    const answer = await party.post("/token", {
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      resource: "https://elsewhere.example/",
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: "invalid_target" });
  });

  it("are not given without PKCE", async () => {
    const { url } = await party.authorizationUrl();
    url.searchParams.delete("code_challenge");
    url.searchParams.delete("code_challenge_method");
    const answer = await fetch(url, { redirect: "manual" });
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.searchParams.get("error")).toBe("invalid_request");
  });

  it("are given to a client that posts its secret, where it is registered so", async () => {
    const other = await startTestParty({}, { tokenEndpointAuthMethod: "client_secret_post" });
    try {
      const { tokens } = await other.signIn();
      expect(tokens.refresh_token).toBeDefined();
    } finally {
      await other.idp.close();
    }
  });

  it("live as long as the control API says, for one person or for all", async () => {
    await party.control.setAccessTokenLifetime(7, "ada");
    await party.control.setAccessTokenLifetime(11);
    expect((await party.signIn("ada")).tokens.expires_in).toBe(7);
    expect((await party.signIn("ines")).tokens.expires_in).toBe(11);
    await party.control.setAccessTokenLifetime(null, "ada");
    expect((await party.signIn("ada")).tokens.expires_in).toBe(11);
  });

  it.each(["offered", "required"] as const)(
    "come by pushed authorization requests as well, where these are %s",
    async (pushedRequests) => {
      const pushing = await startTestParty({ pushedRequests });
      const { codeVerifier, url } = await pushing.authorizationUrl();
      const isShown = (await fetch(url, { redirect: "manual" })).headers
        .get("location")
        ?.startsWith("/interaction/");
      expect(isShown === true).toBe(pushedRequests === "offered");
      const params = Object.fromEntries([...url.searchParams].filter(([name]) => name !== "client_id"));
      const pushed = await client.buildAuthorizationUrlWithPAR(pushing.config, params);
      const callback = await signInByForm({
        authorizationUrl: pushed.href,
        username: "ada",
        password: "ticket",
      });
      expect((await pushing.exchange(callback, codeVerifier)).claims()?.sub).toBe("ada");
      await pushing.idp.close();
    },
  );
});

describe("refresh tokens", () => {
  it("rotate with each use", async () => {
    const { refreshToken } = await party.signIn();
    const first = await refresh(refreshToken);
    const second = await refresh(first.refresh_token ?? "");
    expect(new Set([refreshToken, first.refresh_token, second.refresh_token]).size).toBe(3);
    expect(await party.control.counters("ada")).toMatchObject({
      codeExchanges: 1,
      refreshes: 2,
      refreshSuccesses: 2,
      tokenCalls: 3,
      reuseDetected: 0,
      grantsRevoked: 0,
    });
  });

  it("revoke the whole grant when one is used twice, and the provider counts it", async () => {
    const { refreshToken, tokens } = await party.signIn();
    const next = await refresh(refreshToken);
    const reuse = await rawRefresh(refreshToken);
    expect(reuse.status).toBe(400);
    expect(await reuse.json()).toMatchObject({ error: "invalid_grant" });
    const successor = await rawRefresh(next.refresh_token ?? "");
    expect(await successor.json()).toMatchObject({ error: "invalid_grant" });
    expect(await client.tokenIntrospection(party.config, tokens.access_token)).toEqual({ active: false });
    expect(await party.control.counters("ada")).toMatchObject({
      refreshes: 3,
      refreshSuccesses: 1,
      reuseDetected: 1,
      grantsRevoked: 1,
      grantsRevokedForReuse: 1,
    });
    expect(await party.control.counters("ines")).toMatchObject({ reuseDetected: 0, tokenCalls: 0 });
  });

  it("are granted once at most when presented many times at once", async () => {
    const { refreshToken } = await party.signIn();
    // Released in one go, the requests run through the server side by side.
    await party.control.addFault({ kind: "hold" });
    const pending = Array.from({ length: 8 }, () => rawRefresh(refreshToken));
    expect(await party.control.waitUntilHeld({ atLeast: 8 })).toBe(true);
    await party.control.release();
    const answers = await Promise.all(pending);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(party.idp.counters("ada")).toMatchObject({
      refreshSuccesses: 1,
      reuseDetected: 1,
      grantsRevoked: 1,
    });
  });

  it("work once more after a use where the provider has a grace, and revoke nothing", async () => {
    const other = await startTestParty({ refreshTokenGraceSeconds: 3600 });
    try {
      const { refreshToken } = await other.signIn();
      const answers = [refreshToken, refreshToken].map((token) =>
        client.refreshTokenGrant(other.config, token),
      );
      const [lost, second] = await Promise.all(answers);
      expect(lost?.refresh_token).not.toBe(second?.refresh_token);
      await client.refreshTokenGrant(other.config, second?.refresh_token ?? "");
      expect(other.idp.counters()).toMatchObject({ refreshSuccesses: 3, reuseDetected: 0, grantsRevoked: 0 });
    } finally {
      await other.idp.close();
    }
  });

  it("stay the same where rotation is off", async () => {
    const other = await startTestParty({ rotateRefreshToken: false });
    try {
      const { refreshToken } = await other.signIn();
      const first = await client.refreshTokenGrant(other.config, refreshToken);
      const second = await client.refreshTokenGrant(other.config, refreshToken);
      expect([first.refresh_token, second.refresh_token]).toEqual([refreshToken, refreshToken]);
      expect(other.idp.counters().reuseDetected).toBe(0);
    } finally {
      await other.idp.close();
    }
  });

  it("are left out of refresh answers on request, and the first one goes on working", async () => {
    const other = await startTestParty({ rotateRefreshToken: false, refreshTokenInRefreshes: false });
    try {
      const { refreshToken } = await other.signIn();
      for (const _attempt of [1, 2]) {
        const answer = await client.refreshTokenGrant(other.config, refreshToken);
        expect(answer.access_token).toBeTypeOf("string");
        expect(answer).not.toHaveProperty("refresh_token");
      }
    } finally {
      await other.idp.close();
    }
    await expect(startTestParty({ refreshTokenInRefreshes: false })).rejects.toMatchObject({
      code: "options_invalid",
    });
  });

  it("count as answered when the answer has left, and as cut off when the client was gone before", async () => {
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "hold", when: "after", times: 1 });
    const gone = new AbortController();
    const cut = fetch(new URL("/token", party.idp.issuer), {
      method: "POST",
      headers: { authorization: party.authorization },
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }),
      signal: gone.signal,
    }).catch((error: Error) => error.name);
    expect(await party.control.waitUntilHeld()).toBe(true);
    expect(party.idp.counters()).toMatchObject({ refreshSuccesses: 1, refreshesAnswered: 0 });
    gone.abort();
    expect(await cut).toBe("AbortError");
    await party.control.release();
    await rawRefresh("not-one-of-ours");
    const expected = { refreshes: 2, refreshesAnswered: 1, refreshesCutOff: 1 };
    await expect.poll(() => party.idp.counters()).toMatchObject(expected);
  });

  it("die when their client revokes them", async () => {
    const { refreshToken } = await party.signIn();
    await client.tokenRevocation(party.config, refreshToken);
    expect((await rawRefresh(refreshToken)).status).toBe(400);
    expect(await party.control.counters("ada")).toMatchObject({
      revocations: 1,
      grantsRevoked: 1,
      grantsRevokedForReuse: 0,
      reuseDetected: 0,
    });
  });

  it("die when the control API revokes the person's grants, and nobody else's do", async () => {
    const ada = await party.signIn("ada");
    const ines = await party.signIn("ines");
    expect(await party.control.revokeGrants("ada")).toBeGreaterThan(0);
    expect((await rawRefresh(ada.refreshToken)).status).toBe(400);
    expect((await rawRefresh(ines.refreshToken)).status).toBe(200);
  });

  it("die with the person's session at the provider", async () => {
    const { refreshToken } = await party.signIn();
    expect(await party.control.endSession("ada")).toBeGreaterThan(0);
    expect((await rawRefresh(refreshToken)).status).toBe(400);
  });

  it("survive a restart of nothing but the clock: a second sign-in of the same browser shares the grant", async () => {
    const first = await party.signIn();
    const second = await party.signIn("ada", first.jar);
    expect((await rawRefresh(first.refreshToken)).status).toBe(200);
    expect((await rawRefresh(second.refreshToken)).status).toBe(200);
  });
});
