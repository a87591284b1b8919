import { sayRefreshes } from "./look-around.ts";
import type { Storm } from "./storm-ports.ts";

/** A sign-out in the middle of calls that are just being given a new token. */
export const SIGN_OUT_RACE: Storm = {
  id: "sign-out-race",
  name: "Sign-out racing 20 calls",
  expectation:
    "Another browser signs in, sends 20 calls on an expired token and signs out in the middle. Afterwards its old cookies open nothing.",
  async run(ports) {
    const { calls, signOut, oldCookieStatus, refreshes, reuseDetected, revocations } =
      await ports.signOutRace();
    const answered = calls.filter(({ status }) => status === 200).length;
    const refused = calls.filter(({ status }) => status === 401).length;
    const isGood =
      signOut.status === 200 &&
      oldCookieStatus === 401 &&
      answered + refused === calls.length &&
      reuseDetected === 0;
    return {
      tone: isGood ? "done" : "failed",
      fact: isGood ? "Signed out for good." : `The old cookies got ${oldCookieStatus}.`,
      rest: ` ${answered} of ${calls.length} calls were answered, ${refused} got 401; the sign-out took ${Math.round(signOut.endedMs - signOut.startedMs)} ms.`,
      detail: `The old cookies get ${oldCookieStatus}. ${sayRefreshes(refreshes)}, ${revocations} revoked at the provider, ${reuseDetected} spent twice. You stay signed in.`,
    };
  },
};
