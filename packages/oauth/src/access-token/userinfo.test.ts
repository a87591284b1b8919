import { ABSENT, replacedReply, userinfoClaim } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { IDP_HOST, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import type { SimulatedSignIn } from "../simulated-sign-in.fixture.ts";

async function signedIn(): Promise<
  SimulatedSignIn & { readonly request: { accessToken: string; sub: string } }
> {
  const simulated = await simulateSignIn();
  const { outcome } = await simulated.signIn();
  if (outcome.kind !== "signed_in") throw new Error(outcome.kind);
  return { ...simulated, request: { accessToken: outcome.tokens.accessToken, sub: outcome.claims.sub } };
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

test.each([ABSENT, "mallory", "", 7, null, ["ada"]])(
  "S-053 refuses a profile whose sub is %s",
  async (sub) => {
    const { provider, idp, request } = await signedIn();
    idp.lie(userinfoClaim("sub", sub));
    expect(await provider.userinfo(request)).toMatchObject({ kind: "refused" });
  },
);

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
  expect(await provider.userinfo(request)).toEqual({ kind: "refused", reason: "not_json_object" });
});

test("S-053 refuses a JWT, which isn't configured", async () => {
  const { provider, idp, request } = await signedIn();
  idp.lie(replacedReply("userinfo", { body: "e30.e30.", headers: { "content-type": "application/jwt" } }));
  expect(await provider.userinfo(request)).toMatchObject({ kind: "refused" });
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
