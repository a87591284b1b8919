import { firstSuccess, makeCalls } from "./calls-of-round.ts";
import { pause, pauseUntil } from "./pause.ts";
import type { RoundContext } from "./round-context.ts";
import { startRoundCount, type AfterRound } from "./round-count.ts";
import { expiryAfter, type Seat } from "./seat.ts";
import { judgeLate, learnFate, QUICK_FATE_MS } from "./session-fate.ts";
import { INLINE_STALE_MS, showStaleCookie } from "./stale-cookie.ts";
import { countFaulted, noteSurprise } from "./tally.ts";
import type { RoundFault, RoundPlan } from "./torture-plan.ts";
import type { CallResult } from "./visitor.ts";

/** By then every process must know of a sign-out. */
const SIGN_OUT_KNOWN_MS = 1_300;
const HELD_WITHIN_MS = 15_000;
const FOLLOWERS_HEAD_START_MS = 50;

/** Plays one round in which no storm blows. */
export async function playRound(seat: Seat, plan: RoundPlan, context: RoundContext): Promise<AfterRound> {
  await pauseUntil(seat.expiredAtMs);
  context.tally.rounds += 1;
  const { fault } = plan;
  if (fault === undefined) return playPlain(seat, plan, context);
  if (fault.kind === "abort") return playAbort(seat, plan, context);
  if (fault.kind === "stale") return playStale(seat, plan, fault, context);
  return playLogout(seat, plan, fault, context);
}

/** Plays one round of a turn with a storm: nothing is expected of its calls, all of its session. */
export async function playStormyRound(
  seat: Seat,
  plan: RoundPlan,
  context: RoundContext,
  storm: { readonly kind: string; readonly isOver: Promise<void> },
): Promise<AfterRound> {
  await pauseUntil(seat.expiredAtMs);
  const { tally, shapes } = context;
  tally.rounds += 1;
  const results = await Promise.all(makeCalls(seat.visitor, plan.shape, shapes));
  countFaulted(tally, storm.kind, statusesOf(results));
  await storm.isOver;
  const { kind } = await learnFate(seat.visitor, QUICK_FATE_MS);
  if (kind === "alive") {
    context.takeInFlight(seat.visitor.person.sub);
    seat.expiredAtMs = expiryAfter(context.stage, Date.now());
    return "stays";
  }
  context.inBackground(judgeLate(seat.visitor, context));
  return "gives up the seat";
}

async function playPlain(seat: Seat, plan: RoundPlan, context: RoundContext): Promise<AfterRound> {
  const count = startRoundCount(seat, plan, context);
  const calls = makeCalls(seat.visitor, plan.shape, context.shapes);
  const [first, results] = [await firstSuccess(calls), await Promise.all(calls)];
  return count.end(results, first);
}

async function playAbort(seat: Seat, plan: RoundPlan, context: RoundContext): Promise<AfterRound> {
  const { control } = context.stage;
  const { visitor } = seat;
  const user = visitor.person.sub;
  const count = startRoundCount(seat, plan, context);
  const { id } = await control.addFault({ kind: "hold", user, grant: "refresh_token", times: 1 });
  const client = new AbortController();
  const leader = visitor.call({ signal: client.signal });
  const isHeld = await control.waitUntilHeld({ id, withinMs: HELD_WITHIN_MS });
  if (!isHeld) noteSurprise(context.tally, "abort", `round ${plan.round}: nobody made a token call`);
  client.abort();
  await leader;
  const { waveCalls, pageCalls, pageMs } = context.shapes;
  const others = { waveCalls: waveCalls - 1, pageCalls: pageCalls - 1, pageMs };
  const calls = makeCalls(visitor, plan.shape, others);
  await pause(FOLLOWERS_HEAD_START_MS);
  await control.clearFaults(id);
  const [first, results] = [await firstSuccess(calls), await Promise.all(calls)];
  return count.end(results, first);
}

async function playStale(
  seat: Seat,
  plan: RoundPlan,
  { delayMs }: Extract<RoundFault, { kind: "stale" }>,
  context: RoundContext,
): Promise<AfterRound> {
  const { visitor } = seat;
  const isInline = delayMs <= INLINE_STALE_MS;
  const { control } = context.stage;
  // So that the new token lives when the old cookie comes: its token call would be no sign of anything.
  const seconds = Math.ceil((2 * delayMs) / 1_000) + 60;
  if (!isInline) await control.setAccessTokenLifetime(seconds, visitor.person.sub);
  const cookie = visitor.cookie();
  const count = startRoundCount(seat, plan, context);
  const calls = makeCalls(visitor, plan.shape, context.shapes);
  const first = await firstSuccess(calls);
  const handedAtMs = first?.answeredAtMs ?? Date.now();
  const show = (): Promise<void> => showStaleCookie({ visitor, cookie, delayMs, handedAtMs, plan }, context);
  const shown = isInline ? show() : undefined;
  const after = await count.end(await Promise.all(calls), first, shown);
  if (isInline || after !== "stays") return after;
  const inPeace = async (): Promise<void> => {
    await show();
    await control.setAccessTokenLifetime(null, visitor.person.sub);
    context.stage.waitingRoom.comeBack(visitor.person);
  };
  context.inBackground(inPeace());
  return "gives up the seat";
}

async function playLogout(
  seat: Seat,
  plan: RoundPlan,
  { afterMs }: Extract<RoundFault, { kind: "logout" }>,
  { stage, tally, shapes }: RoundContext,
): Promise<AfterRound> {
  const { visitor } = seat;
  if (stage.target.logout === undefined) throw new RangeError(`${stage.target.name} has no sign-out here.`);
  const cookies = [visitor.cookie()];
  const calls = makeCalls(visitor, plan.shape, shapes);
  await pause(afterMs);
  cookies.push(visitor.cookie());
  const goodbye = await visitor.signOut();
  tally.signedOut.push(visitor.person.sub);
  if (goodbye.status !== 200) {
    noteSurprise(tally, "sign-out", `round ${plan.round}: answered ${goodbye.status} ${goodbye.words}`);
  }
  countFaulted(tally, "logout", statusesOf(await Promise.all(calls)));
  await pauseUntil(goodbye.answeredAtMs + SIGN_OUT_KNOWN_MS);
  cookies.push(visitor.cookie());
  for (const cookie of cookies) {
    const late = await visitor.call({ cookie });
    if (late.status !== 200) continue;
    tally.signOutsUndone += 1;
    noteSurprise(tally, "sign-out", `round ${plan.round}: a cookie still works after the sign-out`);
  }
  // Never comes back: what the provider revokes for them later must not be taken for a loss.
  return "gives up the seat";
}

function statusesOf(results: readonly CallResult[]): readonly number[] {
  return results.map(({ status }) => status);
}
