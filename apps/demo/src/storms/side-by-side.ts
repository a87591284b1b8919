import type { SideBySide, StormSide } from "@coatcheck/contract";
import type { DevIdpControl, DevIdpUser } from "@coatcheck/dev-idp";
import { CALLS_AT_ONCE, openExpired, statusOf, timeCall } from "./storm-browser.ts";
import { REFRESH_DELAY_MS, withSlowRefreshes } from "./slow-refreshes.ts";
import { STORM_PEOPLE } from "./storm-people.ts";

/** The same storm on the plain BFF and on ours, one after the other: {@link CALLS_AT_ONCE} calls on an expired access token. */
export async function runSideBySide(
  control: DevIdpControl,
  urls: { readonly plainUrl: string; readonly appUrl: string },
): Promise<SideBySide> {
  const plain = await runSide(control, urls.plainUrl, STORM_PEOPLE.plain);
  const coatcheck = await runSide(control, urls.appUrl, STORM_PEOPLE.coatcheck);
  return { refreshDelayMs: REFRESH_DELAY_MS, plain, coatcheck };
}

async function runSide(control: DevIdpControl, appUrl: string, person: DevIdpUser): Promise<StormSide> {
  const user = person.sub;
  const browser = await openExpired(appUrl, person);
  const before = await control.counters(user);
  const calls = await withSlowRefreshes(control, user, (stormAt) =>
    Promise.all(Array.from({ length: CALLS_AT_ONCE }, () => timeCall(browser, stormAt))),
  );
  const laterStatus = await statusOf(browser);
  const after = await control.counters(user);
  return {
    calls,
    refreshes: after.refreshes - before.refreshes,
    refreshSuccesses: after.refreshSuccesses - before.refreshSuccesses,
    reuseDetected: after.reuseDetected - before.reuseDetected,
    grantsRevoked: after.grantsRevoked - before.grantsRevoked,
    laterStatus,
  };
}
