import { expect, test } from "vitest";
import { CONFIG, simulateSignIn } from "../simulated-sign-in.fixture.ts";

// The secret has every character that form encoding touches; the simulated provider decodes and compares it.

test("S-017 sends a form-encoded secret in the header and none in the body", async () => {
  const { signIn, idp } = await simulateSignIn({ clientAuth: "client_secret_basic" });
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  const [request] = idp.requestsTo("token");
  expect(request?.headers.get("authorization")).toMatch(/^Basic /);
  expect(request?.form.has("client_secret")).toBe(false);
  expect(request?.form.has("client_id")).toBe(false);
});

test.each([
  ["GOCSPX-a1_b2-C3", "GOCSPX-a1_b2-C3"],
  ["Xy8Q~a.b-c_d~e", "Xy8Q~a.b-c_d~e"],
  ["a*b!c'd(e)f", "a*b!c'd(e)f"],
  ["0123456789abcdefABCDEF", "0123456789abcdefABCDEF"],
  ["a b", "a+b"],
  ["a+b", "a%2Bb"],
  ["50%", "50%25"],
  ["a:b", "a%3Ab"],
  ["a/b=c&d", "a%2Fb%3Dc%26d"],
  ["\u00e9\u20ac", "%C3%A9%E2%82%AC"],
])("S-017 sends the secret %s as %s: nothing is encoded that needn't be", async (clientSecret, sent) => {
  const clientId = clientSecret;
  const { signIn, idp } = await simulateSignIn({ clientId, clientSecret }, { clientId, clientSecret });
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  const credentials = idp.requestsTo("token")[0]?.headers.get("authorization")?.replace("Basic ", "") ?? "";
  expect(atob(credentials)).toBe(`${sent}:${sent}`);
});

test("S-017 sends the secret in the body and none in the header", async () => {
  const { signIn, idp } = await simulateSignIn({ clientAuth: "client_secret_post" });
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  const [request] = idp.requestsTo("token");
  expect(request?.headers.has("authorization")).toBe(false);
  expect(request?.form.getAll("client_secret")).toEqual([CONFIG.clientSecret]);
});

test("S-017 has the secret in no URL", async () => {
  const { signInAndKeep, provider, internet } = await simulateSignIn();
  const kept = await signInAndKeep();
  await provider.refreshGrant(kept);
  await provider.revoke(kept.refreshToken);
  const { url } = await provider.beginLogin();
  const urls = [url, ...internet.requests.map((request) => request.url.href)].map(decodeURIComponent);
  expect(
    urls.filter((text) => text.includes(CONFIG.clientSecret) || text.includes(kept.refreshToken)),
  ).toEqual([]);
});

test("a wrong secret at the callback is refused by name", async () => {
  const { signIn } = await simulateSignIn({ clientSecret: "wrong" });
  expect((await signIn()).outcome).toEqual({
    kind: "refused",
    reason: "client_refused",
    status: 401,
    error: "invalid_client",
  });
});
