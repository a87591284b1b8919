import {
  ABSENT,
  idTokenClaim,
  idTokenHeader,
  idTokenReplaced,
  onlyOnRefresh,
  replacedReply,
  tokenResponseMember,
} from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import { describe, expect, it } from "vitest";
import { createEvilWorld } from "../fixtures/evil-world.ts";

const NOW = Date.UTC(2026, 0, 1) / 1_000;

/** Answers to a refresh that give tokens, and something else than was expected beside them. */
const OFF_THE_LETTER: readonly (readonly [what: string, lie: Lie])[] = [
  ["an ID token with another auth_time", idTokenClaim("auth_time", NOW - 7)],
  ["an ID token of long ago", idTokenClaim("iat", NOW - 100_000)],
  ["an ID token from the future", idTokenClaim("iat", NOW + 1_000_000)],
  ["an expired ID token", idTokenClaim("exp", NOW - 100_000)],
  ["an ID token with another at_hash", idTokenClaim("at_hash", "x".repeat(22))],
  ["an ID token with another azp", idTokenClaim("azp", "other")],
  ["an ID token without sub", idTokenClaim("sub", ABSENT)],
  ["an ID token by an unknown key", idTokenHeader("kid", "unknown")],
  ["an ID token that is none", idTokenReplaced("a.b.c")],
  ["no ID token", tokenResponseMember("id_token", ABSENT)],
  ["a scope list", tokenResponseMember("scope", ["openid", "profile"])],
  ["a scope that is a number", tokenResponseMember("scope", 7)],
  ["no token type", tokenResponseMember("token_type", ABSENT)],
  ["a lifetime in quotes", tokenResponseMember("expires_in", "300")],
  ["status 201", replacedReply("token", { status: 201 })],
  ["a page's content type", replacedReply("token", { headers: { "content-type": "text/html" } })],
];

describe("a provider that answers a refresh off the letter", () => {
  it.each(OFF_THE_LETTER)(
    "S-089 S-091: %s costs no session, and no refresh token is sent twice",
    async (_what, lie) => {
      const { browser, clock, idp, signIn } = await createEvilWorld();
      await signIn();
      idp.lie(onlyOnRefresh(lie));
      for (const _refresh of [1, 2, 3]) {
        await clock.advance(301_000);
        expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
      }
      const sent = idp
        .requestsTo("token")
        .map(({ form }) => form.get("refresh_token"))
        .filter((token) => token !== null);
      expect([sent.length, new Set(sent).size, idp.reuseCount()]).toEqual([3, 3, 0]);
      expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "active" });
    },
  );

  it.each(["under another kid", "key-1"])(
    "S-051: two keys in a row (%s) cost no session and no sign-in",
    async (keyId) => {
      const { browser, clock, idp, sessions, signIn } = await createEvilWorld();
      await signIn();
      for (const _rotation of [1, 2]) {
        await idp.rotateKeys(keyId === "key-1" ? keyId : undefined);
        await clock.advance(301_000);
        expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
        await idp.rotateKeys(keyId === "key-1" ? keyId : undefined);
        expect((await signIn()).headers.get("location")).toBe("/");
        expect(sessions()).toHaveLength(1);
      }
    },
  );

  it.each([
    ["sub", "mallory"],
    ["iss", "https://other.example"],
    ["aud", "other"],
  ])(
    "S-091: tokens of another %s end the session at once, are revoked and are never used",
    async (claim, value) => {
      const { bff, browser, clock, idp, log, signIn } = await createEvilWorld();
      await signIn();
      idp.lie(onlyOnRefresh(idTokenClaim(claim, value)));
      const before = idp.requestsTo("userinfo").length;
      await clock.advance(301_000);
      expect((await browser.fetch("/bff/userinfo")).status).toBe(401);
      await bff.drain();
      expect(idp.requestsTo("userinfo")).toHaveLength(before);
      expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "anonymous" });
      const revoked = idp.requestsTo("revocation").map(({ form }) => form.get("token"));
      const spent = idp.requestsTo("token").map(({ form }) => form.get("refresh_token"));
      expect(revoked).toEqual([expect.stringMatching(/^refresh_/u)]);
      expect(spent).not.toContain(revoked[0]);
      expect(log).toContainEqual(
        expect.objectContaining({ event: "other_identity", reason: `${claim}_mismatch` }),
      );
    },
  );

  it.each([
    ["an overloaded provider that says 400", 400, '{"error":"temporarily_unavailable"}'],
    ["an ingress with nobody behind it", 404, "default backend - 404"],
  ])("S-089: %s for two minutes ends no session", async (_who, status, body) => {
    const { browser, clock, idp, internet, signIn } = await createEvilWorld();
    await signIn();
    await clock.advance(301_000);
    internet.connect("idp.example", () => new Response(body, { status }));
    for (const _try of [1, 2, 3, 4]) {
      expect((await browser.fetch("/bff/userinfo")).status).toBe(503);
      await clock.advance(30_000);
    }
    internet.connect("idp.example", idp.app);
    expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
  });

  it("S-089: a client secret that is wrong for twenty minutes ends no session", async () => {
    const { browser, clock, idp, internet, signIn } = await createEvilWorld();
    await signIn();
    // As Keycloak says it.
    internet.connect("idp.example", () => Response.json({ error: "unauthorized_client" }, { status: 401 }));
    for (const _try of [1, 2, 3, 4]) {
      await clock.advance(301_000);
      expect((await browser.fetch("/bff/userinfo")).status).toBe(503);
    }
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "degraded" });
    internet.connect("idp.example", idp.app);
    await clock.advance(301_000);
    expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
  });
});
