import { replacedReply } from "@coatcheck/testkit";
import type { Members } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const NOW = Date.UTC(2026, 0, 1) / 1_000;
const SOUND: Members = {
  iss: ISSUER,
  aud: CONFIG.clientId,
  iat: NOW,
  exp: NOW + 120,
  jti: "jti-1",
  events: { [EVENT]: {} },
  sub: "ada",
  sid: "sid-1",
};

async function outcomeOf(claims: Members, header: Members = {}): Promise<unknown> {
  const { provider, idp } = await simulateSignIn();
  return provider.verifyLogoutToken(
    await idp.signJwt({ typ: "logout+jwt", ...header }, { ...SOUND, ...claims }),
  );
}

test("S-101 accepts a sound logout token", async () => {
  expect(await outcomeOf({})).toEqual({
    kind: "verified",
    claims: { iss: ISSUER, sub: "ada", sid: "sid-1", iat: NOW, exp: NOW + 120, jti: "jti-1" },
  });
});

test.each([
  ["sub alone", { sid: undefined }],
  ["sid alone", { sub: undefined }],
  ["an audience list", { aud: ["other", CONFIG.clientId] }],
])("S-101 accepts %s", async (_name, claims) => {
  expect(await outcomeOf(claims)).toMatchObject({ kind: "verified" });
});

test.each([
  ["iss", { iss: "https://evil.example" }],
  ["iss", { iss: undefined }],
  ["aud", { aud: "other" }],
  ["aud", { aud: undefined }],
  ["iat", { iat: undefined }],
  ["iat", { iat: "1" }],
  ["iat", { iat: NOW + 31 }],
  ["iat", { iat: NOW - 331 }],
  ["iat", { iat: 1e300 }],
  ["exp", { exp: undefined }],
  ["exp", { exp: NOW - 30 }],
  ["jti", { jti: undefined }],
  ["jti", { jti: "" }],
  ["jti", { jti: 7 }],
  ["jti", { jti: "x".repeat(256) }],
  ["events", { events: undefined }],
  ["events", { events: {} }],
  ["events", { events: { [EVENT]: true } }],
  ["events", { events: { [EVENT]: [] } }],
  ["events", { events: [EVENT] }],
  ["nonce", { nonce: "x" }],
  ["nonce", { nonce: null }],
  ["sub_and_sid_missing", { sub: undefined, sid: undefined }],
  ["sub", { sub: 7 }],
  ["sub", { sub: "" }],
  ["sid", { sid: {} }],
])("S-101 refuses for its %s: %j", async (reason, claims) => {
  expect(await outcomeOf(claims)).toEqual({ kind: "refused", reason });
});

test.each(["JWT", "at+jwt", undefined, 7])("S-101 S-048 refuses the type %s", async (typ) => {
  expect(await outcomeOf({}, { typ })).toEqual({ kind: "refused", reason: "typ" });
});

test.each(["none", "HS256", "None"])(
  "S-101 S-040 refuses the algorithm %s before keys are fetched",
  async (alg) => {
    const { provider, idp } = await simulateSignIn();
    const [, payload = ""] = (await idp.signJwt({}, SOUND)).split(".");
    const header = Buffer.from(JSON.stringify({ alg, typ: "logout+jwt" })).toString("base64url");
    expect(await provider.verifyLogoutToken(`${header}.${payload}.`)).toEqual({
      kind: "refused",
      reason: "alg",
    });
    expect(idp.requests).toEqual([]);
  },
);

test("S-101 refuses a changed token", async () => {
  const { provider, idp } = await simulateSignIn();
  const [header, , signature] = (await idp.signJwt({ typ: "logout+jwt" }, SOUND)).split(".");
  const payload = Buffer.from(JSON.stringify({ ...SOUND, sub: "ines" })).toString("base64url");
  const outcome = await provider.verifyLogoutToken(`${header}.${payload}.${signature}`);
  expect(outcome).toEqual({ kind: "refused", reason: "signature" });
});

test("S-048 refuses an ID token", async () => {
  const { provider, signIn } = await simulateSignIn();
  const { outcome } = await signIn();
  const idToken = outcome.kind === "signed_in" ? outcome.tokens.idToken : undefined;
  expect(await provider.verifyLogoutToken(idToken ?? "")).toEqual({ kind: "refused", reason: "typ" });
});

test.each(["", "a.b.c", "x".repeat(9_000), "e30.e30.e30", "....", "\u0000"])("refuses %s", async (token) => {
  const { provider } = await simulateSignIn();
  expect(await provider.verifyLogoutToken(token)).toMatchObject({ kind: "refused" });
});

test("is unavailable while no key is known", async () => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("jwks", { status: 503 }));
  const token = await idp.signJwt({ typ: "logout+jwt" }, SOUND);
  expect(await provider.verifyLogoutToken(token)).toEqual({ kind: "unavailable", reason: "keys_status_503" });
});
