import {
  ABSENT,
  createEvilIdp,
  replacedReply,
  userinfoClaim,
  userinfoReplaced,
  userinfoSigned,
} from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, IDP_HOST, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import type { SimulatedSignIn } from "../simulated-sign-in.fixture.ts";

const NOW_SECONDS = Date.UTC(2026, 0, 1) / 1_000;

interface SignedIn extends SimulatedSignIn {
  readonly request: { readonly accessToken: string; readonly sub: string };
  readonly refreshToken: string;
}

async function signedIn(): Promise<SignedIn> {
  const simulated = await simulateSignIn();
  const { outcome } = await simulated.signIn();
  if (outcome.kind !== "signed_in") throw new Error(outcome.kind);
  const { accessToken, refreshToken = "" } = outcome.tokens;
  return { ...simulated, refreshToken, request: { accessToken, sub: outcome.claims.sub } };
}

test("S-053 asks with the token in the header and nowhere else", async () => {
  const { provider, idp, request } = await signedIn();
  expect(await provider.userinfo(request)).toEqual({
    kind: "profile",
    profile: { sub: "ada", name: "ada of the simulation", email: "ada@idp.example" },
  });
  const [asked] = idp.requestsTo("userinfo");
  expect(asked?.method).toBe("GET");
  expect(asked?.headers.get("authorization")).toBe(`Bearer ${request.accessToken}`);
  expect(asked?.url.search).toBe("");
});

test.each([
  [ABSENT, "userinfo_sub_missing"],
  [null, "userinfo_sub_missing"],
  ["", "userinfo_sub_missing"],
  ["mallory", "userinfo_sub_mismatch"],
  [7, "userinfo_sub_mismatch"],
  [["ada"], "userinfo_sub_mismatch"],
])("S-053 refuses a profile whose sub is %s as %s", async (sub, reason) => {
  const { provider, idp, request } = await signedIn();
  idp.lie(userinfoClaim("sub", sub));
  expect(await provider.userinfo(request)).toEqual({ kind: "refused", reason });
});

test.each([
  ["an array", '[{"sub":"ada"}]'],
  ["null", "null"],
  ["a text", '"ada"'],
  ["HTML", "<html></html>"],
  ["nothing", ""],
  ["sub twice", '{"sub":"ada","sub":"mallory"}'],
  ["__proto__", '{"sub":"ada","__proto__":{"admin":true}}'],
])("S-053 S-049 refuses %s", async (_name, body) => {
  const { provider, idp, request } = await signedIn();
  idp.lie(replacedReply("userinfo", { body }));
  expect(await provider.userinfo(request)).toEqual({ kind: "refused", reason: "userinfo_not_an_object" });
});

test.each([
  ["a member twice that nobody reads", '{"sub":"ada","x":1,"x":2}', "userinfo_not_an_object"],
  [
    "a letter in Latin-1",
    new Uint8Array(Buffer.from('{"sub":"ada","x":"\xf6"}', "latin1")),
    "userinfo_not_utf8",
  ],
])("S-049 takes no answer with %s, as a token answer would be taken", async (_name, body, reason) => {
  const { provider, idp, request } = await signedIn();
  idp.lie(replacedReply("userinfo", { body }));
  expect(await provider.userinfo(request)).toEqual({ kind: "refused", reason });
});

const SIGNED = { iss: ISSUER, aud: CONFIG.clientId };

test.each([
  ["as JOSE calls it", {}, SIGNED],
  ["for several audiences", {}, { ...SIGNED, aud: ["other", CONFIG.clientId] }],
  ["without issuer and audience", {}, {}],
  ["by no particular type", { typ: "JWT" }, SIGNED],
  ["without a key's name", { kid: undefined }, SIGNED],
  ["that is still good", {}, { ...SIGNED, exp: NOW_SECONDS + 60 }],
])("S-053 takes a signed answer %s", async (_name, header, claims) => {
  const { provider, idp, request } = await signedIn();
  idp.lie(userinfoSigned(header, claims));
  expect(await provider.userinfo(request)).toMatchObject({
    kind: "profile",
    profile: { sub: "ada", name: "ada of the simulation" },
  });
});

test("S-053 takes a signed answer under a wrong content type", async () => {
  const { provider, idp, request } = await signedIn();
  idp.lie(
    userinfoSigned({}, SIGNED),
    replacedReply("userinfo", { headers: { "content-type": "text/plain" } }),
  );
  expect(await provider.userinfo(request)).toMatchObject({ kind: "profile" });
});

const STRANGER = await createEvilIdp({
  issuer: ISSUER,
  clientId: "",
  clientSecret: "",
  nowMs: () => 0,
  algorithm: "RS256",
});
await STRANGER.rotateKeys();

test.each([
  ["of another issuer", userinfoSigned({}, { iss: "https://evil.example" }), "userinfo_iss_mismatch"],
  ["for another client", userinfoSigned({}, { ...SIGNED, aud: "other" }), "userinfo_aud_mismatch"],
  ["that is over", userinfoSigned({}, { ...SIGNED, exp: NOW_SECONDS - 60 }), "userinfo_expired"],
  ["that is over at a date of another type", userinfoSigned({}, { ...SIGNED, exp: "1" }), "userinfo_expired"],
  ["about somebody else", userinfoSigned({}, { ...SIGNED, sub: "mallory" }), "userinfo_sub_mismatch"],
  ["about nobody", userinfoSigned({}, { ...SIGNED, sub: undefined }), "userinfo_sub_missing"],
  ["that is an access token", userinfoSigned({ typ: "at+jwt" }, SIGNED), "userinfo_typ_mismatch"],
  ["by an unknown key", userinfoSigned({ kid: "unknown" }, SIGNED), "kid_unknown"],
  [
    "by a stranger",
    userinfoReplaced(await STRANGER.signJwt({ kid: "key-1" }, { sub: "ada" })),
    "signature_invalid",
  ],
  ["by nobody", userinfoReplaced("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."), "alg_not_allowed"],
  ["that is encrypted", userinfoReplaced("eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"), "encrypted"],
  ["that is broken", userinfoReplaced("e30.e3.e30"), "malformed"],
])("S-053 refuses a signed answer %s", async (_name, lie, reason) => {
  const { provider, idp, request } = await signedIn();
  idp.lie(lie);
  expect(await provider.userinfo(request)).toEqual({ kind: "refused", reason });
});

const SOURCES = {
  _claim_names: { address: "src1" },
  _claim_sources: { src1: { endpoint: "https://claims.example/", access_token: "ksj3n283dke" } },
};
const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

test.each<readonly [string, Record<string, unknown>]>([
  ["claim sources", SOURCES],
  ["a JWT", { identity: JWT }],
  ["a JWT in a sentence", { note: `Bearer ${JWT}` }],
  ["an encrypted JWT", { identity: "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn" }],
  ["an unsigned JWT", { identity: "eyJhbGciOiJub25lIn0.e30." }],
  ["a JWT in a list", { list: [JWT] }],
  ["a JWT as a name", { nested: { [JWT]: 1 } }],
  [
    "tokens by their names",
    { idp: { accessToken: "a", refresh_token: "b", id_token: "c", client_secret: "d" } },
  ],
  ["the access token", { note: "see $ACCESS here" }],
  ["another token of the session", { deep: { er: ["$REFRESH"] } }],
])("S-053 leaves out of the profile %s", async (_name, claims) => {
  const { provider, idp, request, refreshToken } = await signedIn();
  const fill = (text: string): string =>
    text.replaceAll("$ACCESS", request.accessToken).replaceAll("$REFRESH", refreshToken);
  const filled = JSON.parse(fill(JSON.stringify(claims))) as Record<string, unknown>;
  for (const [name, value] of Object.entries(filled)) idp.lie(userinfoClaim(name, value));
  const outcome = await provider.userinfo({ ...request, ownTokens: [refreshToken, ""] });
  expect(outcome).toMatchObject({ kind: "profile", profile: { sub: "ada", name: "ada of the simulation" } });
  const text = JSON.stringify(outcome);
  const secrets = [
    request.accessToken,
    refreshToken,
    "eyJ",
    "ksj3n283dke",
    "_claim_",
    '"a"',
    '"b"',
    '"c"',
    '"d"',
  ];
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
});

test("S-053 leaves everything else in the profile as it is", async () => {
  const { provider, idp, request } = await signedIn();
  const claims = {
    address: { formatted: "1, Coat Street\nTicket.Town", lines: ["a.b.c", "www.example.com"] },
    picture: "https://idp.example/a.b.c/ada.jpg?x=1.2.3",
    token_count: 3,
    groups: ["a", null, 1, true, { deep: [] }],
    sub_jwk: { kty: "EC" },
  };
  for (const [name, value] of Object.entries(claims)) idp.lie(userinfoClaim(name, value));
  expect(await provider.userinfo(request)).toMatchObject({ kind: "profile", profile: claims });
});

test("tells that the token isn't accepted any more", async () => {
  const { provider, clock, request } = await signedIn();
  await clock.advance(300_000);
  expect(await provider.userinfo(request)).toEqual({ kind: "token_refused" });
});

test.each([
  [403, "refused"],
  [404, "refused"],
  [302, "refused"],
  [429, "unavailable"],
  [500, "unavailable"],
  [503, "unavailable"],
])("S-142 a %i is %s", async (status, kind) => {
  const { provider, idp, request } = await signedIn();
  idp.lie(replacedReply("userinfo", { status }));
  expect(await provider.userinfo(request)).toEqual({ kind, reason: `status_${status}` });
});

test("S-142 a reset is unavailable", async () => {
  const { provider, internet, request } = await signedIn();
  internet.fault(IDP_HOST, { kind: "reset_before" });
  expect(await provider.userinfo(request)).toEqual({ kind: "unavailable", reason: "connection_lost" });
});
