import { expiryAfter } from "../stage/bring-visitor.ts";
import { sleep, sleepUntil } from "../stage/sleep.ts";
import type { Visitor } from "../stage/visitor.ts";
import { startRoundCount } from "./count-round.ts";
import { firstSuccess, makeCalls } from "./make-calls.ts";
import { probeSession } from "./probe-session.ts";
import type { Round, RoundFault } from "./plan.ts";
import { goOnInBackground, type Run } from "./run.ts";
import { INLINE_STALE_MS, showStaleCookie } from "./stale-cookie.ts";
import { countFaulted, countLoss, noteSurprise } from "./tally.ts";

/** By then every process must know of a sign-out. */
const SIGN_OUT_KNOWN_MS = 1_300;
const HELD_WITHIN_MS = 15_000;
/** Longer than three times the pause that a BFF makes between tries. */
const WELL_AGAIN_MS = 240_000;
const FOLLOWERS_HEAD_START_MS = 50;

/** Plays one round that nothing disrupts. @returns whether its session can take part in the next one */
export function playRound(visitor: Visitor, round: Round, run: Run): Promise<boolean> {
  const { fault } = round;
  if (fault === undefined) return playPlain(visitor, round, run);
  if (fault.kind === "abort") return playAbort(visitor, round, run);
  if (fault.kind === "busy" || fault.kind === "cut") return playTrouble(visitor, round, fault, run);
  if (fault.kind === "stale") return playStale(visitor, round, fault, run);
  return playLogout(visitor, round, fault, run);
}

async function playPlain(visitor: Visitor, round: Round, run: Run): Promise<boolean> {
  const endCount = startRoundCount(visitor, round, run);
  return endCount(await Promise.all(makeCalls(visitor, round.shape, run.settings)));
}

async function playAbort(visitor: Visitor, round: Round, run: Run): Promise<boolean> {
  const { control } = run.stage;
  const user = visitor.person.sub;
  const endCount = startRoundCount(visitor, round, run);
  const { id } = await control.addFault({ kind: "hold", user, grant: "refresh_token", times: 1 });
  const client = new AbortController();
  const leader = visitor.call({ signal: client.signal });
  const isHeld = await control.waitUntilHeld({ id, withinMs: HELD_WITHIN_MS });
  if (!isHeld) run.tally.roundsWithoutTrouble += 1;
  client.abort();
  await leader;
  const { waveCalls, pageCalls } = run.settings;
  const others = { ...run.settings, waveCalls: waveCalls - 1, pageCalls: pageCalls - 1 };
  const calls = makeCalls(visitor, round.shape, others);
  await sleep(FOLLOWERS_HEAD_START_MS);
  await control.clearFaults(id);
  return endCount(await Promise.all(calls));
}

/** Of the calls nothing is expected; the session has to be alive when the provider is well again. */
async function playTrouble(
  visitor: Visitor,
  round: Round,
  { kind }: Extract<RoundFault, { kind: "busy" | "cut" }>,
  run: Run,
): Promise<boolean> {
  const { stage, tally, settings } = run;
  const user = visitor.person.sub;
  const scope = { user, grant: "refresh_token" } as const;
  const before = stage.idp.counters(user);
  await (kind === "busy"
    ? stage.control.addFault({ kind: "unavailable", times: 3, ...scope })
    : stage.control.addFault({ kind: "reset", when: "after", times: 1, ...scope }));
  countFaulted(tally, kind, await Promise.all(makeCalls(visitor, round.shape, settings)));
  const end = await probeSession(visitor, WELL_AGAIN_MS);
  const after = stage.idp.counters(user);
  if (after.faultsApplied === before.faultsApplied) tally.roundsWithoutTrouble += 1;
  // With its grant revoked, a session that still answers dies when its access token does.
  const isRevoked = after.grantsRevoked > before.grantsRevoked;
  visitor.expiredAtMs = expiryAfter(stage, Date.now());
  if (end.kind === "alive" && !isRevoked) return true;
  countLoss(tally, `round ${round.number}`, { ...end, isRevoked });
  stage.people.push(visitor.person);
  return false;
}

async function playStale(
  visitor: Visitor,
  round: Round,
  { delayMs }: Extract<RoundFault, { kind: "stale" }>,
  run: Run,
): Promise<boolean> {
  const { control, people } = run.stage;
  const { sub } = visitor.person;
  const isInline = delayMs <= INLINE_STALE_MS;
  // So that the new token lives when the old cookie comes: its token call would be no sign of anything.
  const seconds = Math.ceil((2 * delayMs) / 1_000) + 60;
  if (!isInline) await control.setAccessTokenLifetime(seconds, sub);
  const cookie = visitor.cookie();
  const endCount = startRoundCount(visitor, round, run);
  const calls = makeCalls(visitor, round.shape, run.settings);
  const show = async (): Promise<void> => {
    const handedAtMs = (await firstSuccess(calls))?.answeredAtMs ?? Date.now();
    await showStaleCookie({ visitor, cookie, delayMs, handedAtMs, round }, run);
  };
  if (isInline) {
    const shown = show();
    return endCount(await Promise.all(calls), shown);
  }
  if (!(await endCount(await Promise.all(calls)))) return false;
  const inPeace = async (): Promise<void> => {
    await show();
    await control.setAccessTokenLifetime(null, sub);
    people.push(visitor.person);
  };
  goOnInBackground(run, inPeace());
  return false;
}

async function playLogout(
  visitor: Visitor,
  round: Round,
  { afterMs }: Extract<RoundFault, { kind: "logout" }>,
  { tally, settings }: Run,
): Promise<boolean> {
  const cookies = [visitor.cookie()];
  const calls = makeCalls(visitor, round.shape, settings);
  await sleep(afterMs);
  cookies.push(visitor.cookie());
  const goodbye = await visitor.signOut();
  tally.signedOut.push(visitor.person.sub);
  if (goodbye.status !== 200) {
    noteSurprise(tally, "sign-out", `round ${round.number}: answered ${goodbye.status} ${goodbye.text}`);
  }
  countFaulted(tally, "logout", await Promise.all(calls));
  await sleepUntil(goodbye.answeredAtMs + SIGN_OUT_KNOWN_MS);
  cookies.push(visitor.cookie());
  for (const cookie of cookies) {
    const { status } = await visitor.call({ cookie });
    if (status !== 200) continue;
    tally.signOutsUndone += 1;
    noteSurprise(tally, "sign-out", `round ${round.number}: a cookie still works after the sign-out`);
  }
  // Never comes back: what the provider revokes for them later must not be taken for a loss.
  return false;
}
