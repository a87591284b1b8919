import { workThrough } from "../../work-through.ts";
import { tokenCallsIn } from "./token-calls.ts";
import { sleep } from "./sleep.ts";
import type { Stage } from "./stage.ts";
import { createVisitor, type Visitor } from "./visitor.ts";

/** For the provider's whole seconds, and timers that come late. */
const MARGIN_MS = 300;
const MOST_TRIES = 20;
const RETRY_MS = 1_000;
const SIGN_INS_AT_ONCE = 4;

/**
 * Signs somebody in and makes the first calls, so that the session has a token for each API.
 *
 * @param paths default: the target's own
 * @throws {Error} where that never works; a process may just have been killed, so it is tried for 20 s
 */
export async function bringVisitor(
  stage: Stage,
  paths: readonly string[] = [stage.target.apiPath],
): Promise<Visitor> {
  const person = stage.people.shift();
  if (person === undefined) throw new RangeError("More people are needed.");
  const before = tokenCallsIn(stage.idp.counters(person.sub));
  const visitor = createVisitor(person, stage);
  for (let attempt = 1; ; attempt += 1) {
    const problem = await begin(visitor, paths);
    if (problem === undefined) break;
    if (attempt === MOST_TRIES) throw new Error(`${person.sub} can't begin: ${problem}`);
    await sleep(RETRY_MS);
  }
  stage.setUp.tokenCalls += tokenCallsIn(stage.idp.counters(person.sub)) - before;
  visitor.expiredAtMs = expiryAfter(stage, Date.now());
  return visitor;
}

/** Brings so many, a few at once. */
export async function bringVisitors(
  stage: Stage,
  count: number,
  paths?: readonly string[],
): Promise<readonly Visitor[]> {
  const visitors: Visitor[] = [];
  await workThrough(Array(count).keys(), SIGN_INS_AT_ONCE, async () =>
    visitors.push(await bringVisitor(stage, paths)),
  );
  return visitors;
}

/** When a token that was there at `atMs` has certainly expired. */
export function expiryAfter({ tokenSeconds, target }: Stage, atMs: number): number {
  return atMs + tokenSeconds * 1_000 + target.expiresLateMs + MARGIN_MS;
}

async function begin(visitor: Visitor, paths: readonly string[]): Promise<string | undefined> {
  try {
    await visitor.signIn();
  } catch (error) {
    return String(error);
  }
  for (const path of paths) {
    const { status, text } = await visitor.call({ path });
    if (status !== 200) return `${status} ${text}`;
  }
  return undefined;
}
