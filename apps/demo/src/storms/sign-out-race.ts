import { BFF_PATHS, type SignOutRace } from "@coatcheck/contract";
import type { DevIdpControl } from "@coatcheck/dev-idp";
import { createHttpBrowser } from "../http-browser.ts";
import { CALLS_AT_ONCE, openExpired, statusOf, timeCall } from "./storm-browser.ts";
import { withSlowRefreshes } from "./slow-refreshes.ts";
import { STORM_PEOPLE } from "./storm-people.ts";

/** Signs out in the middle of {@link CALLS_AT_ONCE} calls that need a refresh, then tries the cookies of before. */
export async function runSignOutRace(control: DevIdpControl, appUrl: string): Promise<SignOutRace> {
  const person = STORM_PEOPLE.coatcheck;
  const user = person.sub;
  const browser = await openExpired(appUrl, person);
  const oldCookies = browser.jar.headerFor(new URL(appUrl)).split("; ");
  const before = await control.counters(user);
  const [signOut, ...calls] = await withSlowRefreshes(control, user, (stormAt) => {
    const half = Array.from({ length: CALLS_AT_ONCE / 2 }, () => timeCall(browser, stormAt));
    const leaving = timeCall(browser, stormAt, { method: "POST", path: BFF_PATHS.logout, body: {} });
    const otherHalf = Array.from({ length: CALLS_AT_ONCE / 2 }, () => timeCall(browser, stormAt));
    return Promise.all([leaving, ...half, ...otherHalf]);
  });
  const thief = createHttpBrowser(appUrl);
  thief.jar.accept(new URL(appUrl), oldCookies);
  const oldCookieStatus = await statusOf(thief);
  const after = await control.counters(user);
  return {
    calls,
    signOut,
    oldCookieStatus,
    refreshes: after.refreshes - before.refreshes,
    reuseDetected: after.reuseDetected - before.reuseDetected,
    revocations: after.revocations - before.revocations,
  };
}
