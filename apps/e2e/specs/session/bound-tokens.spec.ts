import { expect, test } from "../../src/fixtures.ts";

const TOKEN_SECONDS = 4;
const EXPIRIES = 10;
const CALLS = 20;

// The strictest that providers and APIs ask for: a client without a secret, pushed requests, tokens that are bound to a key, and
// another nonce with each call.
test.use({ demoOptions: { isBound: true, accessTokenSeconds: TOKEN_SECONDS } });

test("ten expiries with 20 calls at once of two APIs, by private_key_jwt, PAR and DPoP: every call answers 200", async ({
  page,
  demo,
  actions,
}) => {
  test.setTimeout(180_000);
  const asked = page.waitForRequest((request) => request.url().startsWith(`${demo.idpUrl}/auth?`));
  await Promise.all([asked, actions.signIn(page)]);
  const { searchParams } = new URL((await asked).url());
  expect([...searchParams.keys()].toSorted()).toEqual(["client_id", "request_uri"]);

  const wave = () =>
    page.evaluate(async (count) => {
      const statuses = Array.from({ length: count }, async (_, index) => {
        const path = index % 2 === 0 ? "/api/notes?limit=1" : "/api/archive?limit=1";
        return (await fetch(path, { headers: { "x-coatcheck": "1" } })).status;
      });
      return Promise.all(statuses);
    }, CALLS);
  const all200 = Array.from({ length: CALLS }, () => 200);
  expect(await wave()).toEqual(all200);
  const before = (await demo.control.counters("ada")).refreshSuccesses;
  for (let expiry = 1; expiry <= EXPIRIES; expiry += 1) {
    // The one that lives longest has expired, and so have all.
    await expect
      .poll(async () => isOver(await actions.session(page)), { timeout: 20_000, intervals: [200] })
      .toBe(true);
    expect([expiry, await wave()]).toEqual([expiry, all200]);
  }
  const { reuseDetected, refreshSuccesses } = await demo.control.counters("ada");
  expect(reuseDetected).toBe(0);
  // One a token and expiry at least: nothing lived on without.
  expect(refreshSuccesses - before).toBeGreaterThanOrEqual(EXPIRIES * 2);
  expect(await actions.session(page)).toMatchObject({ state: "active" });
});

/** Whether every access token of a session has expired. */
function isOver(session: Record<string, unknown>): boolean {
  return typeof session["accessTokenExpiresAt"] === "number" && session["accessTokenExpiresAt"] <= Date.now();
}
