import {
  ABSENT,
  idTokenClaim,
  metadataMember,
  replacedReply,
  slowDrip,
  userinfoClaim,
  userinfoSigned,
} from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { IDP_HOST, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

type Wish = NonNullable<ProviderConfig["userinfoAtSignIn"]>;

const nameless = idTokenClaim("name", ABSENT);

test.each<readonly [Wish | undefined, Lie | undefined, number]>([
  [undefined, nameless, 1],
  [undefined, undefined, 0],
  [undefined, idTokenClaim("name", ""), 1],
  [undefined, idTokenClaim("name", null), 1],
  ["when-needed", nameless, 1],
  ["when-needed", undefined, 0],
  ["always", nameless, 1],
  ["always", undefined, 1],
  ["never", nameless, 0],
  ["never", undefined, 0],
])("with %s UserInfo is asked as often as needed", async (userinfoAtSignIn, lie, times) => {
  const { signIn, idp } = await simulateSignIn(userinfoAtSignIn === undefined ? {} : { userinfoAtSignIn });
  if (lie !== undefined) idp.lie(lie);
  const { outcome } = await signIn();
  expect(idp.requestsTo("userinfo")).toHaveLength(times);
  expect(outcome).toMatchObject({ kind: "signed_in" });
});

test.each([nameless, idTokenClaim("name", ""), idTokenClaim("name", null)])(
  "takes the name that the ID token lacks from UserInfo",
  async (lie) => {
    const { signIn, idp } = await simulateSignIn();
    idp.lie(lie);
    expect((await signIn()).outcome).toMatchObject({ claims: { name: "ada of the simulation" } });
  },
);

test("takes from UserInfo what the ID token doesn't say of the person, and nothing about the sign-in", async () => {
  const { signIn, idp, clock } = await simulateSignIn();
  const lies = {
    email: "of-userinfo@idp.example",
    picture: "https://idp.example/ada.jpg",
    iss: "https://evil.example",
    aud: "other",
    iat: 1,
    exp: 1,
    nonce: "other",
    sid: "other",
    acr: "gold",
    amr: ["mfa"],
    auth_time: 1,
    azp: "other",
    _claim_sources: { a: { access_token: "b" } },
  };
  for (const [name, value] of Object.entries(lies)) idp.lie(userinfoClaim(name, value));
  idp.lie(nameless, idTokenClaim("email", "of-id-token@idp.example"), idTokenClaim("picture", null));
  const { outcome } = await signIn();
  expect(outcome).toMatchObject({
    kind: "signed_in",
    claims: {
      iss: ISSUER,
      sub: "ada",
      iat: clock.nowMs() / 1_000,
      auth_time: clock.nowMs() / 1_000,
      name: "ada of the simulation",
      email: "of-id-token@idp.example",
      picture: "https://idp.example/ada.jpg",
    },
  });
  for (const name of ["acr", "amr", "azp", "_claim_sources"])
    expect(outcome).not.toHaveProperty(`claims.${name}`);
  expect(outcome).not.toHaveProperty("claims.sid", "other");
});

test("takes a name out of a signed UserInfo", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(nameless, userinfoSigned());
  expect((await signIn()).outcome).toMatchObject({ claims: { name: "ada of the simulation" } });
});

test.each([
  ["is about somebody else", userinfoClaim("sub", "mallory"), "userinfo_sub_mismatch"],
  ["is about nobody", userinfoClaim("sub", ABSENT), "userinfo_sub_missing"],
  ["is down", replacedReply("userinfo", { status: 503 }), "unavailable"],
  ["doesn't take the token", replacedReply("userinfo", { status: 401 }), "token_refused"],
  ["isn't allowed", replacedReply("userinfo", { status: 403 }), "status_403"],
  ["talks HTML", replacedReply("userinfo", { body: "<html></html>" }), "userinfo_not_an_object"],
  ["is signed by an unknown key", userinfoSigned({ kid: "unknown" }), "kid_unknown"],
])("signs in without a name where UserInfo %s, and says why", async (_name, lie, reason) => {
  const { signIn, idp, events } = await simulateSignIn();
  idp.lie(nameless, lie);
  const { outcome } = await signIn();
  expect(outcome).toMatchObject({ kind: "signed_in", claims: { sub: "ada" } });
  expect(outcome).not.toHaveProperty("claims.name");
  expect(events).toContainEqual({ event: "userinfo_left_out", issuer: ISSUER, reason });
});

test("S-141 a UserInfo that never ends holds a sign-in up for its deadline", async () => {
  const { signIn, idp, passDeadline, events } = await simulateSignIn();
  idp.lie(nameless, slowDrip("userinfo"));
  const { outcome } = await passDeadline(signIn(), () => idp.requestsTo("userinfo").length === 1);
  expect(outcome).toMatchObject({ kind: "signed_in" });
  expect(events).toContainEqual({ event: "userinfo_left_out", issuer: ISSUER, reason: "unavailable" });
});

test("asks nobody where the provider has no UserInfo", async () => {
  const { signIn, idp, internet } = await simulateSignIn();
  idp.lie(nameless, metadataMember("userinfo_endpoint", ABSENT));
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  expect(internet.requestsTo(IDP_HOST).filter(({ url }) => url.pathname === "/userinfo")).toEqual([]);
});
