import { createServer } from "node:http";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { expect, test } from "../../src/fixtures.ts";

/** A server that answers everything alike: what people have at the address by mistake. */
function startStranger(status: number, headers: Record<string, string>): Promise<ListeningServer> {
  const server = createServer((_, response) => response.writeHead(status, headers).end("<h1>Hello</h1>"));
  return listenOnLoopback(server, { host: "localhost" });
}

test("an unknown person: the sentence names who is known", async ({ signInAs }) => {
  await expect(signInAs("bob")).rejects.toMatchObject({
    code: "sign_in_failed",
    message: expect.stringContaining("it knows ada, ines"),
  });
});

test.describe("a wrong password", () => {
  test.use({ coatcheck: { users: { ada: { username: "ada", password: "wrong" } } } });
  test("is said", async ({ signInAs }) => {
    await expect(signInAs("ada")).rejects.toThrow(/ada could not sign in with this password/);
  });
});

for (const name of [
  "expireAccessToken",
  "endSession",
  "revokeAtProvider",
  "backchannelLogout",
  "providerDown",
] as const) {
  test(`${name} before a sign-in says to sign in`, async ({
    expireAccessToken,
    endSession,
    revokeAtProvider,
    backchannelLogout,
    providerDown,
  }) => {
    const all = { expireAccessToken, endSession, revokeAtProvider, backchannelLogout, providerDown };
    await expect(all[name]()).rejects.toMatchObject({
      code: "nobody_signed_in",
      message: expect.stringContaining('signInAs("ada")'),
    });
  });
}

test("toBeSignedInAs says who is there instead", async ({ page, signInAs }) => {
  const failing = (person: string) => expect(page).toBeSignedInAs(person, { timeout: 200 });
  await expect(failing("ada")).rejects.toThrow(/go to one first, page.goto/);
  await page.goto("/");
  await expect(failing("ada")).rejects.toThrow(/nobody is signed in \(none\)/);
  await signInAs("ines");
  await expect(failing("ada")).rejects.toThrow(/it is signed in as ines \(Ines Okafor\)/);
  await expect(expect(page).not.toBeSignedInAs("ines", { timeout: 200 })).rejects.toThrow(
    /not to be signed in/,
  );
});

test.describe("the app by another name", () => {
  test.use({ baseURL: async ({ demo }, use) => use(demo.appUrl.replace("localhost", "127.0.0.1")) });
  test("the sentence says what baseURL has to be", async ({ signInAs }) => {
    await expect(signInAs("ada")).rejects.toMatchObject({
      code: "wrong_origin",
      message: expect.stringContaining("PUBLIC_ORIGIN"),
    });
  });
});

test.describe("nothing at the address", () => {
  test.use({ baseURL: "http://localhost:1" });
  test("the sentence says to start the app", async ({ signInAs }) => {
    await expect(signInAs("ada")).rejects.toMatchObject({
      code: "app_unreachable",
      message: expect.stringContaining("webServer"),
    });
  });
});

const STRANGERS = [
  { name: "a page for everything", status: 200, headers: { "content-type": "text/html" }, code: "no_bff" },
  { name: "nothing but 404", status: 404, headers: {}, code: "no_bff" },
  { name: "a server that is down", status: 503, headers: {}, code: "provider_unreachable" },
  { name: "one that refuses so many", status: 429, headers: {}, code: "rate_limited" },
  {
    name: "an app of another origin",
    status: 302,
    headers: { location: "http://127.0.0.1:1/auth?redirect_uri=http%3A%2F%2Flocalhost%3A9%2Fbff%2Fcallback" },
    code: "wrong_origin",
  },
  {
    name: "an app with a provider that isn't for development",
    status: 302,
    headers: { location: "https://accounts.example/auth" },
    code: "not_dev_idp",
  },
] as const;

for (const { name, status, headers, code } of STRANGERS) {
  test.describe(`at the address is ${name}`, () => {
    test.use({
      // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names off this pattern
      baseURL: async ({}, use) => {
        const stranger = await startStranger(status, headers);
        await use(stranger.origin);
        await stranger.close();
      },
    });
    test(`the error is ${code}`, async ({ signInAs }) => {
      await expect(signInAs("ada")).rejects.toMatchObject({ code, name: "CoatcheckTestError" });
    });
  });
}
