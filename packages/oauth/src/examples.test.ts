import { expect, it } from "vitest";
import { beginSignIn } from "../examples/begin-sign-in.ts";
import { CONFIG, ISSUER, simulateSignIn } from "./simulated-sign-in.fixture.ts";

it("the example sends a browser to the provider, with what was asked for", async () => {
  const { internet } = await simulateSignIn();
  const { provider, url, transaction } = await beginSignIn(CONFIG, internet.fetch);
  const { origin, searchParams } = new URL(url);
  expect(origin).toBe(ISSUER);
  expect(Object.fromEntries(searchParams)).toMatchObject({
    max_age: "3600",
    redirect_uri: CONFIG.redirectUri,
    code_challenge_method: "S256",
    state: transaction.state,
  });
  expect(provider.isDiscovered()).toBe(true);
});
