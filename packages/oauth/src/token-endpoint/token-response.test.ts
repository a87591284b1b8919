import { ABSENT, replacedReply, tokenResponseMember } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { readTokenResponse, readTornTokenResponse } from "./token-response.ts";

test.each(["bearer", "BEARER", "bEaReR"])("S-030 takes the token type %s", async (tokenType) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(tokenResponseMember("token_type", tokenType));
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test.each(["DPoP", "mac", "", 7, ABSENT, null])("S-030 refuses the token type %s", async (tokenType) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(tokenResponseMember("token_type", tokenType));
  expect((await signIn()).outcome).toMatchObject({
    kind: "refused",
    reason: expect.stringMatching(/^token_type_/),
  });
});

test.each([ABSENT, null, 0, -1, -300, "abc", "", "-5", true, [], {}, 1e300, 10 ** 9, "9".repeat(10)])(
  "S-031 counts 300 seconds where expires_in is %s",
  async (expiresIn) => {
    const { signIn, idp, clock } = await simulateSignIn();
    idp.lie(tokenResponseMember("expires_in", expiresIn));
    expect((await signIn()).outcome).toMatchObject({
      kind: "signed_in",
      tokens: { expiresAt: clock.nowMs() + 300_000 },
    });
  },
);

test.each([
  [30, 30_000],
  ["3600", 3_600_000],
  [" 3600 ", 3_600_000],
  ["60.5", 60_500],
  [0.5, 500],
])("S-031 believes an expires_in of %s", async (expiresIn, lifetimeMs) => {
  const { signIn, idp, clock } = await simulateSignIn();
  idp.lie(tokenResponseMember("expires_in", expiresIn));
  expect((await signIn()).outcome).toMatchObject({ tokens: { expiresAt: clock.nowMs() + lifetimeMs } });
});

test.each([
  ["refresh_expires_in", 1_800, 1_800_000],
  ["refresh_expires_in", "1800", 1_800_000],
  ["refresh_expires_in", 0.5, 500],
  ["refresh_token_expires_in", 604_799, 604_799_000],
])("S-063 believes that the refresh token lives for %s %s", async (name, seconds, lifetimeMs) => {
  const { signIn, idp, clock } = await simulateSignIn();
  idp.lie(tokenResponseMember(name, seconds));
  expect((await signIn()).outcome).toMatchObject({
    tokens: { refreshExpiresAt: clock.nowMs() + lifetimeMs },
  });
});

test.each([0, "0"])("S-063 knows that a refresh_expires_in of %j means no limit", async (seconds) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(tokenResponseMember("refresh_expires_in", seconds));
  expect((await signIn()).outcome).toMatchObject({ tokens: { refreshExpiresAt: "never" } });
});

test.each([
  ABSENT,
  null,
  -1,
  "abc",
  "",
  "-5",
  true,
  [],
  [60],
  {},
  { seconds: 60 },
  1e300,
  10 ** 9,
  "9".repeat(10),
])("S-063 leaves out a refresh_expires_in of %j", async (seconds) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(tokenResponseMember("refresh_expires_in", seconds));
  const { outcome } = await signIn();
  expect(outcome).toMatchObject({ kind: "signed_in" });
  expect(outcome).not.toHaveProperty("tokens.refreshExpiresAt");
});

test("S-063 takes the limit that can be believed, where an answer has two members for it", async () => {
  const { signIn, idp, clock } = await simulateSignIn();
  idp.lie(
    tokenResponseMember("refresh_expires_in", null),
    tokenResponseMember("refresh_token_expires_in", 60),
  );
  expect((await signIn()).outcome).toMatchObject({
    tokens: { refreshExpiresAt: clock.nowMs() + 60_000 },
  });
});

test.each([ABSENT, "", null, 7, {}, "a\r\nb", "a b", "ä"])(
  "refuses the access token %j",
  async (accessToken) => {
    const { signIn, idp } = await simulateSignIn();
    idp.lie(tokenResponseMember("access_token", accessToken));
    expect((await signIn()).outcome).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/^access_token_/),
    });
  },
);

test.each([
  ["refresh_token", 7],
  ["refresh_token", null],
  ["refresh_token", ""],
  ["refresh_token", ["a"]],
  ["scope", 7],
  ["scope", {}],
  ["id_token", {}],
  ["id_token", null],
  ["expires_in", "soon"],
])("takes a %s of %j for none", (name, value) => {
  const body = { access_token: "a", token_type: "bearer", [name]: value };
  expect(readTokenResponse(JSON.stringify(body))).toEqual({
    kind: "token_response",
    members: { access_token: "a", token_type: "bearer" },
  });
});

test.each([
  ["openid profile", "openid profile"],
  [" openid  profile ", "openid profile"],
  [["openid", "profile"], "openid profile"],
  [["openid profile", "email"], "openid profile email"],
  [["openid", 7, null], "openid"],
  [[], ""],
  ["", ""],
])("reads the scope %j as %s", (scope, read) => {
  const body = { access_token: "a", token_type: "bearer", scope };
  expect(readTokenResponse(JSON.stringify(body))).toMatchObject({ members: { scope: read } });
});

test.each([
  ["access_token=a&token_type=bearer&scope=openid+profile&expires_in=60", true],
  ["access_token=a&access_token=b&token_type=bearer", false],
  ["access_token=a&state=x&state=y&token_type=bearer", true],
  ["access_token=a&__proto__=b", false],
  ["access_token = a", false],
  ["<p>access_token=a</p>", false],
])("reads the form %s: %s", (text, isRead) => {
  expect(readTokenResponse(text).kind).toBe(isRead ? "token_response" : "unreadable");
});

test.each([
  ["a member that nobody reads", '{"access_token":"a","x":1,"x":2}', true],
  ["a member of one that nobody reads", '{"access_token":"a","user":{"x":1,"x":2}}', true],
  ["one name in each of two", '{"access_token":"a","user":{"access_token":"b"}}', true],
  ["the access token", '{"access_token":"a","access_token":"b"}', false],
  ["the access token in other letters", '{"access_token":"a","\\u0061ccess_token":"b"}', false],
  ["the refresh token", '{"access_token":"a","refresh_token":"b","x":{},"refresh_token":"c"}', false],
  ["the lifetime", '{"access_token":"a","expires_in":60,"expires_in":60}', false],
  ["the refresh token's", '{"access_token":"a","refresh_expires_in":60,"refresh_expires_in":6}', false],
  ["a member of one that is read", '{"access_token":"a","authorization_details":[{"x":1,"x":2}]}', false],
  ["__proto__ once", '{"access_token":"a","x":{"__proto__":{}}}', false],
])("S-049 an answer with %s twice: %s is read: %s", (_what, text, isRead) => {
  expect(readTokenResponse(text).kind).toBe(isRead ? "token_response" : "unreadable");
  expect(readTornTokenResponse(text).kind).toBe(isRead ? "token_response" : "unreadable");
});

test("S-049 never takes a part of an answer that broke off for the answer", () => {
  const whole = JSON.stringify({
    access_token: "a",
    nested: { access_token: "b" },
    text: '{"access_token":"c"}',
  });
  for (let length = 0; length < whole.length; length += 1) {
    expect(readTornTokenResponse(whole.slice(0, length)).kind).toBe("unreadable");
  }
  expect(readTornTokenResponse(whole)).toMatchObject({ members: { access_token: "a" } });
  expect(readTornTokenResponse("access_token=a&refresh_token=b").kind).toBe("unreadable");
});

test("signs in where the provider answers 201 with a scope list and a lifetime in quotes", async () => {
  const { signIn, idp, clock } = await simulateSignIn();
  idp.lie(
    tokenResponseMember("scope", ["openid", "profile"]),
    tokenResponseMember("expires_in", "60"),
    replacedReply("token", { status: 201 }),
  );
  expect((await signIn()).outcome).toMatchObject({
    kind: "signed_in",
    tokens: { scope: "openid profile", expiresAt: clock.nowMs() + 60_000 },
  });
});
