import { ABSENT, tokenResponseMember } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { readTokenResponse } from "./token-response.ts";

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
  [0.5, 500],
])("S-031 believes an expires_in of %s", async (expiresIn, lifetimeMs) => {
  const { signIn, idp, clock } = await simulateSignIn();
  idp.lie(tokenResponseMember("expires_in", expiresIn));
  expect((await signIn()).outcome).toMatchObject({ tokens: { expiresAt: clock.nowMs() + lifetimeMs } });
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

test.each(["refresh_token", "scope", "id_token"])("refuses a %s that is no text", (name) => {
  const body = { access_token: "a", token_type: "bearer", [name]: 7 };
  expect(readTokenResponse(JSON.stringify(body))).toEqual({
    kind: "unreadable",
    reason: `${name}_malformed`,
  });
});

test.each([null, ""])("takes a refresh token of %j for none", (refreshToken) => {
  const body = { access_token: "a", token_type: "bearer", refresh_token: refreshToken };
  expect(readTokenResponse(JSON.stringify(body))).toEqual({
    kind: "token_response",
    members: { access_token: "a", token_type: "bearer" },
  });
});
