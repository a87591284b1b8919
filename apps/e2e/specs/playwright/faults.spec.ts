import type { Demo } from "@coatcheck/demo";
import type { APIRequestContext } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";

async function problemOf(api: APIRequestContext): Promise<readonly unknown[]> {
  const answer = await api.get("/api/notes");
  const { code, reason } = answer.ok() ? {} : ((await answer.json()) as { code?: string; reason?: string });
  return [answer.status(), code, reason];
}

const OK = [200, undefined, undefined];
const countRefreshes = async (demo: Demo) => (await demo.control.counters("ada")).refreshes;

test.beforeEach(async ({ signInAs, api }) => {
  await signInAs("ada");
  expect(await problemOf(api)).toEqual(OK);
});

test("expireAccessToken: the next call refreshes, whichever API it is for, and the one after doesn't", async ({
  expireAccessToken,
  api,
  demo,
}) => {
  await expireAccessToken();
  const before = await countRefreshes(demo);
  expect(await problemOf(api)).toEqual(OK);
  expect(await countRefreshes(demo)).toBe(before + 1);
  expect(await problemOf(api)).toEqual(OK);
  expect(await countRefreshes(demo)).toBe(before + 1);
  expect((await api.get("/bff/userinfo")).status()).toBe(200);
  expect(await countRefreshes(demo)).toBe(before + 2);
});

test("expireAccessToken leaves the lifetime that a spec has set", async ({ expireAccessToken, demo }) => {
  await demo.control.setAccessTokenLifetime(77, "ada");
  await expireAccessToken();
  expect(await demo.control.setAccessTokenLifetime(null, "ada")).toBe(77);
});

test("endSession: over elsewhere, this browser finds out with its next call", async ({
  endSession,
  api,
  context,
}) => {
  const before = await context.cookies();
  await endSession();
  expect(await context.cookies()).toEqual(before);
  expect(await problemOf(api)).toEqual([401, "no_session", "signed_out"]);
});

test("revokeAtProvider: the next refresh finds out", async ({ revokeAtProvider, expireAccessToken, api }) => {
  await expireAccessToken();
  await revokeAtProvider();
  expect(await problemOf(api)).toEqual([401, "no_session", "grant_ended"]);
});

test("backchannelLogout: the app knows at once", async ({ backchannelLogout, api }) => {
  await backchannelLogout();
  await expect.poll(() => problemOf(api)).toEqual([401, "no_session", "revoked"]);
});

test("providerDown: for this person and until its end, and nobody else", async ({
  providerDown,
  expireAccessToken,
  api,
  demo,
  actions,
}) => {
  const other = await (await actions.newBrowser()).newPage();
  await actions.signIn(other, "ines");
  await expireAccessToken();
  const outage = await providerDown();
  expect(await problemOf(api)).toMatchObject([503, "refresh_unavailable"]);
  expect((await actions.call(other, "/bff/userinfo")).status).toBe(200);
  await outage.end();
  await outage.end();
  await expect.poll(() => problemOf(api), { timeout: 60_000 }).toEqual(OK);
  expect(await demo.control.faults()).toEqual([]);
});

test("slowProvider: the call waits for the refresh, and gets its answer", async ({
  slowProvider,
  expireAccessToken,
  api,
  demo,
}) => {
  await expireAccessToken();
  await slowProvider(700);
  expect(await problemOf(api)).toEqual(OK);
  expect((await demo.control.counters("ada")).faultsApplied).toBeGreaterThan(0);
});

test("what a test broke is whole again after it", async ({ demo }) => {
  expect(await demo.control.faults()).toEqual([]);
});
