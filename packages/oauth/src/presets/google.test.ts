import { expect, test } from "vitest";
import { createProvider } from "../provider.ts";
import { signedInAs } from "./signed-in.fixture.ts";
import { PRESET_CONFIGS, simulatePreset } from "./simulated-preset.fixture.ts";

test("is at home at accounts.google.com, with the secret by post", async () => {
  const { provider, signIn, standIn } = await simulatePreset("google");
  expect(provider.issuer).toBe("https://accounts.google.com");
  expect(await signIn()).toMatchObject({ kind: "signed_in" });
  const token = standIn.requests.find(({ url }) => url.pathname === "/token");
  expect(token?.headers.has("authorization")).toBe(false);
  expect(token?.form.get("client_secret")).toBe(PRESET_CONFIGS.google.clientSecret);
});

test.each(["access_type", "prompt"])("without %s it is given no refresh token", async (name) => {
  const { standIn, provider } = await simulatePreset("google");
  const { url, transaction } = await provider.beginLogin();
  const changed = new URL(url);
  changed.searchParams.delete(name);
  const { tokens } = signedInAs(await provider.finishLogin(standIn.signIn(changed.href), transaction));
  expect(tokens).not.toHaveProperty("refreshToken");
  expect(provider.refreshBehaviour.missingRefreshTokenAdvice).toContain("access_type=offline");
});

test.each([
  ["login", "select_account consent"],
  ["select_account", "select_account consent"],
  ["consent", "consent"],
  ["none", "none"],
] as const)("asks with prompt %s as %s", async (prompt, sent) => {
  const { provider } = await simulatePreset("google");
  const { url } = await provider.beginLogin({ prompt });
  expect(new URL(url).searchParams.get("prompt")).toBe(sent);
});

test("validates by tokeninfo, with the token in the body and not in the URL", async () => {
  const { signIn, provider, standIn, clock } = await simulatePreset("google");
  const { accessToken, expiresAt } = signedInAs(await signIn()).tokens;
  expect(await provider.validate({ accessToken, resource: "" })).toEqual({
    kind: "facts",
    facts: {
      active: true,
      method: "tokeninfo",
      scopes: ["openid", "profile", "email"],
      audience: ["client"],
      expiresAt,
    },
  });
  const asked = standIn.requests.find(({ url }) => url.pathname === "/tokeninfo");
  expect([asked?.method, asked?.url.search, asked?.form.get("access_token")]).toEqual([
    "POST",
    "",
    accessToken,
  ]);
  expect(asked?.form.has("client_secret")).toBe(false);
  await clock.advance(3_600_000);
  expect(await provider.validate({ accessToken, resource: "" })).toMatchObject({ facts: { active: false } });
});

test("a token that was issued to another client isn't active", async () => {
  const foreign = createProvider(PRESET_CONFIGS.google, {
    fetch: async () => Response.json({ aud: "other", azp: "other", scope: "a", exp: "9999999999" }),
    nowMs: () => 0,
  });
  expect(await foreign.validate({ accessToken: "a", resource: "" })).toMatchObject({
    facts: { active: false },
  });
});

test("asks for the profile and revokes", async () => {
  const { signIn, provider } = await simulatePreset("google");
  const { tokens, claims } = signedInAs(await signIn());
  const { accessToken, refreshToken = "" } = tokens;
  const { sub } = claims;
  expect(await provider.userinfo({ accessToken, sub })).toMatchObject({ kind: "profile", profile: { sub } });
  expect(await provider.revoke(refreshToken)).toEqual({ kind: "revoked" });
  expect(await provider.revoke(refreshToken)).toEqual({ kind: "revoked" });
  expect(await provider.userinfo({ accessToken, sub })).toEqual({ kind: "token_refused" });
  expect(await provider.endSessionUrl({ state: "s" })).toBe(undefined);
});
