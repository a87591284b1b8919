import { BFF_PATHS } from "@coatcheck/contract";
import { createRandom, type Random } from "../sim/random.ts";
import { makeClientCase, type ClientCase } from "./client-cases.ts";
import {
  cookieFieldOf,
  cookiesOf,
  NAVIGATION,
  OWN_FETCH,
  startFuzzStage,
  type FuzzStage,
  type FuzzVisitor,
} from "./fuzz-stage.ts";
import { oddIdToken, oddReply } from "./provider-lies.ts";
import type { RawReply } from "./raw-exchange.ts";

export interface FuzzPlan {
  readonly requests: number;
  readonly seed: number;
  /** Told now and then. */
  readonly onProgress: (sent: number) => void;
}

export interface FuzzResult {
  readonly sent: number;
  /** How many answers had each status; `none` where the connection was closed without one. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Each with the round and case that show it again. */
  readonly violations: readonly string[];
}

const LANES = 32;
/** A round is a provider, a server process and a ledger of its own. */
const CLIENT_CASES_A_ROUND = 40_000;
const LIES_A_ROUND = 600;
const RESTARTS_A_ROUND = 12;
/** So often a request that nothing is wrong with must succeed, or the rest proves nothing. */
const CONTROL_EVERY = 500;
const MAX_VIOLATIONS = 20;

interface Round {
  readonly stage: FuzzStage;
  readonly seed: number;
  readonly fail: (what: string, where: string) => void;
}

/** Sends so many requests to the production server as the seed says, and collects what must never happen. */
export async function runFuzz(plan: FuzzPlan): Promise<FuzzResult> {
  const statuses = new Map<string, number>();
  const violations: string[] = [];
  let sent = 0;

  for (let index = 0; sent < plan.requests && violations.length < MAX_VIOLATIONS; index += 1) {
    const stage = counted(await startFuzzStage(), (answer) => {
      sent += 1;
      const status = String(answer.status ?? "none");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (sent % 10_000 === 0) plan.onProgress(sent);
    });
    const seed = plan.seed + index;
    const fail = (what: string, where: string) => void violations.push(`seed ${seed}, ${where}: ${what}`);
    const share = Math.min(1, (plan.requests - sent) / CLIENT_CASES_A_ROUND);
    try {
      const round = { stage, seed, fail };
      await playClients(round, Math.ceil(CLIENT_CASES_A_ROUND * share));
      await playLies(round, Math.ceil(LIES_A_ROUND * share));
      await playRestarts(round, Math.ceil(RESTARTS_A_ROUND * share));
      for (const violation of stage.violations) fail(violation, "seen from outside");
    } finally {
      await stage.close();
    }
  }
  return { sent, statuses, violations };
}

function counted(stage: FuzzStage, onAnswer: (answer: RawReply) => void): FuzzStage {
  const count = (answer: RawReply) => (onAnswer(answer), answer);
  return {
    ...stage,
    send: async (request) => count(await stage.send(request)),
    sendBytes: async (bytes) => count(await stage.sendBytes(bytes)),
  };
}

/** What clients send: several at a time, each with a session of its own. */
async function playClients({ stage, seed, fail }: Round, cases: number): Promise<void> {
  const mayReachApi = new Map<string, boolean>();
  let next = 0;

  async function lane(number: number): Promise<void> {
    const sub = `lane-${number}`;
    const visitor = await stage.signIn(sub);
    let begun = await stage.begin(sub);
    while (next < cases) {
      const index = next;
      next += 1;
      const where = `case ${index}`;
      if (index % CONTROL_EVERY === 0) {
        await control(stage, visitor, `control-${index}`, (what) => fail(what, where));
        mayReachApi.set(`control-${index}`, true);
        begun = await stage.begin(sub);
      }
      const name = String(index);
      const context = { random: createRandom(seed, index), stage, visitor, name };
      const made = await makeClientCase(context, begun);
      mayReachApi.set(name, made.mayReachApi);
      const answer = await stage.sendBytes(made.bytes);
      for (const what of flaws(answer, made)) fail(`${what}; sent ${printable(made.bytes)}`, where);
    }
  }

  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  for (const name of stage.takeApiCalls()) {
    if (mayReachApi.get(name) !== true) fail("the API was called for it", `case ${name}`);
  }
}

function flaws(answer: RawReply, { statuses }: Pick<ClientCase, "statuses">): readonly string[] {
  const { status } = answer;
  const allowed = status === undefined || (statuses?.includes(status) ?? true);
  return [
    ...(status === 500 ? ["answered 500"] : []),
    ...(allowed ? [] : [`answered ${status}`]),
    ...(answer.hung ? ["neither answered nor closed the connection"] : []),
    // A JWT, as ID tokens are; the authorization request in a redirect may hold one.
    ...(/eyJ[\w-]{8,}\.[\w-]{8,}\./u.test(answer.whole.replaceAll(/^location: .*$/gimu, ""))
      ? ["showed a token"]
      : []),
    ...(status !== undefined && status >= 400 && !/^x-content-type-options: nosniff/imu.test(answer.whole)
      ? ["has no security headers"]
      : []),
  ];
}

async function control(
  stage: FuzzStage,
  { cookies }: FuzzVisitor,
  name: string,
  fail: (what: string) => void,
): Promise<void> {
  const headers = [...OWN_FETCH, ["Cookie", cookieFieldOf(cookies)] as const];
  const answer = await stage.send({ method: "GET", target: `/api/notes/1?case=${name}`, headers });
  if (answer.status !== 200) fail(`a call that nothing is wrong with was answered ${answer.status ?? "not"}`);
}

/** What a provider answers: one lie at a time, to a sign-in or to a session's refresh, profile or validation. */
async function playLies({ stage, seed, fail }: Round, cases: number): Promise<void> {
  for (let index = 0; index < cases; index += 1) {
    const random = createRandom(seed, 1_000_000 + index);
    const where = `lie ${index}`;
    const isSignIn = random.chance(0.5);
    const visitor = isSignIn ? undefined : await stage.signIn(`liar-${index}`);
    stage.provider.lie(
      random.chance(0.4)
        ? oddIdToken(random)
        : oddReply(isSignIn ? ["token"] : ["token", "userinfo", "introspection"], random),
    );
    const answers =
      visitor === undefined ? await signInUnderLie(stage) : await useSession(stage, visitor, random);
    stage.provider.stopLying();
    for (const answer of answers) for (const what of flaws(answer, {})) fail(what, where);
  }
}

async function signInUnderLie(stage: FuzzStage): Promise<readonly RawReply[]> {
  const { query, cookie } = await stage.begin("liar");
  const headers = [...NAVIGATION, ["Cookie", cookie] as const];
  return [await stage.send({ method: "GET", target: `${BFF_PATHS.callback}?${query}`, headers })];
}

async function useSession(
  stage: FuzzStage,
  { cookies }: FuzzVisitor,
  random: Random,
): Promise<readonly RawReply[]> {
  const answers: RawReply[] = [];
  const known = new Map(cookies);
  const [method, path] = random.pick([
    ["POST", BFF_PATHS.refresh],
    ["GET", BFF_PATHS.userinfo],
    ["POST", BFF_PATHS.validate],
  ] as const);
  for (const [verb, target] of [[method, path], ["GET", BFF_PATHS.session] as const]) {
    const headers = [...OWN_FETCH, ["Cookie", cookieFieldOf(known)] as const];
    const answer = await stage.send({ method: verb ?? "GET", target: target ?? "/", headers });
    for (const [name, value] of cookiesOf(answer)) known.set(name, value);
    answers.push(answer);
  }
  return answers;
}

/** What a provider says of itself: metadata and keys, read by a process that knows neither. */
async function playRestarts({ stage, seed, fail }: Round, restarts: number): Promise<void> {
  for (let index = 0; index < restarts; index += 1) {
    const random = createRandom(seed, 2_000_000 + index);
    stage.provider.lie(oddReply(["metadata", "jwks"], random));
    await stage.restart();
    for (let request = 0; request < 8; request += 1) {
      const target = random.pick([BFF_PATHS.login, BFF_PATHS.readyz, BFF_PATHS.session, "/api/notes/1"]);
      const headers = target === BFF_PATHS.login ? NAVIGATION : OWN_FETCH;
      const answer = await stage.send({ method: "GET", target, headers });
      for (const what of flaws(answer, {})) fail(`${target}: ${what}`, `restart ${index}`);
    }
    stage.provider.stopLying();
  }
}

function printable(bytes: Uint8Array): string {
  return JSON.stringify(
    Buffer.from(bytes)
      .toString("latin1")
      .replaceAll(/(.)\1{20,}/gu, "$1...")
      .slice(0, 400),
  );
}
