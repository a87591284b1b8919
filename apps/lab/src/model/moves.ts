import type { Acknowledgement, Ledger, RecordAddress, RecordView } from "@coatcheck/tokens";
import {
  CALL_MS,
  DEAD_MS,
  FAR,
  INSTANCE_OF,
  isHolding,
  MODEL_LEASE_MS,
  NOW,
  SETTLE_MS,
  STALE_MS,
  tick,
  type ModelRequest,
  type State,
  type ModelCall,
} from "./state.ts";
import { movesOfCall } from "./call-moves.ts";
import { over, spendFault, withRequest } from "./change-state.ts";
import { mayBeStale, maySend } from "./rules.ts";
import type { ModelStore } from "./store.ts";

/** One thing that can happen next. */
export interface Move {
  readonly name: string;
  /** What a network, a provider or a person does that nobody needs for work to go on. */
  readonly isFault?: true;
  /** `undefined`: it can't happen after all. A text: what it violates. */
  make(this: void): State | string | undefined | Promise<State | string | undefined>;
}

const AT: RecordAddress = {
  key: "session",
  tombstones: [],
  idTokenIat: 0,
  keepMs: FAR - NOW,
  endedKeepMs: FAR - NOW,
};
/** The generations that a run goes through: 0 and 1 are spent, 2 is the last that there is. */
const LAST_SPENT = 1;

/** Everything that can happen in a state. */
export function movesIn(state: State, store: ModelStore): readonly Move[] {
  const moves: Move[] = [{ name: "a moment passes", make: () => tick(state) }];
  state.requests.forEach((request, index) => {
    if (!state.paused.includes(INSTANCE_OF[index] ?? 0)) moves.push(...movesOf(state, index, request, store));
  });
  for (const instance of state.paused) {
    moves.push({
      name: `instance ${instance} goes on`,
      make: () => ({ ...state, paused: state.paused.filter((other) => other !== instance) }),
    });
  }
  state.calls.forEach((call, index) => moves.push(...movesOfCall(state, index, call)));
  state.late.forEach(({ generation, fence }, index) => {
    moves.push({
      name: `a late success is recorded: ${generation}`,
      make: onLedger(state, store, async (ledger) => {
        const published = await ledger.publish(AT, { generation, fence, sealed: `to ${generation + 1}` });
        const late = state.late.filter((_, at) => at !== index);
        const after = { ...state, late };
        return published.kind === "ended" ? revoked(after) : noted(after, published.kind, generation);
      }),
    });
  });
  if (state.expired < LAST_SPENT && state.provider.live > state.expired) {
    moves.push({
      name: "an access token expires",
      make: () => ({ ...state, expired: state.expired + 1 }),
    });
  }
  if (state.faultsLeft > 0) moves.push(...faultsOf(state, store));
  return moves;
}

function faultsOf(state: State, store: ModelStore): readonly Move[] {
  const moves: Move[] = [0, 1].flatMap((instance): Move[] => [
    {
      name: `instance ${instance} dies`,
      isFault: true,
      make: () => dead(spendFault(state), instance),
    },
    {
      name: `instance ${instance} stands still`,
      isFault: true,
      make() {
        const holds = state.requests.some(
          (request, index) => INSTANCE_OF[index] === instance && isHolding(request),
        );
        if (!holds || state.paused.includes(instance)) return undefined;
        return {
          ...spendFault(state),
          wasSlow: true,
          paused: [...state.paused, instance].toSorted((a, b) => a - b),
        };
      },
    },
  ]);
  if (!state.signedOut) {
    moves.push({
      name: "somebody signs out",
      isFault: true,
      make: onLedger(spendFault(state), store, async (ledger) => {
        await ledger.end(AT, { generation: Math.max(...state.jar), reason: "signed_out" });
        return { ...revoked(spendFault(state)), signedOut: true };
      }),
    });
  }
  return moves;
}

/** What was in that process's memory is gone; its messages are still on their way. */
function dead(state: State, instance: number): State | undefined {
  const isThere = (index: number): boolean =>
    INSTANCE_OF[index] === instance && !["outside", "over"].includes(state.requests[index]?.at ?? "over");
  if (!state.requests.some((_, index) => isThere(index))) return undefined;
  return {
    ...state,
    requests: state.requests.map((request, index) => (isThere(index) ? over(request, "gone") : request)),
    calls: state.calls.map((call) =>
      INSTANCE_OF[call.request] === instance ? { ...call, isGivenUp: true } : call,
    ),
    late: state.late.filter((success) => success.instance !== instance),
    paused: state.paused.filter((other) => other !== instance),
  };
}

function movesOf(state: State, index: number, request: ModelRequest, store: ModelStore): readonly Move[] {
  const { shown, tip } = request;
  const fence = `${index}/${tip}`;
  const name = (what: string): string => `request ${index} ${what}`;
  const put = (next: Partial<ModelRequest>, base = state): State => withRequest(base, index, next);
  const orLost = (
    what: string,
    make: (base: State, isAnswerLost: boolean) => Move["make"],
  ): readonly Move[] => {
    const move: Move = { name: name(what), make: make(state, false) };
    if (state.faultsLeft === 0) return [move];
    const lost = { name: name(`${what}, and the answer is lost`), make: make(spendFault(state), true) };
    return [move, { ...lost, isFault: true }];
  };

  switch (request.at) {
    case "outside":
      return state.jar.map((generation) => ({
        name: name(`shows ${generation}`),
        make() {
          const inside = begun(state, index, generation);
          if (inside.requests[index]?.at !== "claiming") return inside;
          return onLedger(inside, store, async (ledger) => {
            // Who has to wait for somebody else is inside all the same.
            return (await claimed(ledger, inside, index, `${index}/${generation}`, false)) ?? inside;
          })();
        },
      }));
    case "claiming":
      return orLost(`claims ${tip}`, (base, isLost) =>
        onLedger(base, store, (ledger) => claimed(ledger, base, index, fence, isLost)),
      );
    case "leading":
      return [
        { name: name(`sends ${tip}`), make: () => sent(state, index, fence) },
        {
          name: name("renews"),
          make: onLedger(state, store, async (ledger) => {
            if (request.leaseUntil - NOW >= MODEL_LEASE_MS) return undefined;
            const isHeld = await ledger.renew(AT, { generation: tip, fence, leaseMs: MODEL_LEASE_MS });
            return put({ leaseUntil: isHeld ? NOW + MODEL_LEASE_MS : NOW - 1 });
          }),
        },
        {
          name: name("gives its claim back"),
          make: onLedger(state, store, async (ledger) => {
            // Too little is left of the lease for a whole call.
            if (request.leaseUntil - NOW >= CALL_MS) return undefined;
            await ledger.release(AT, { generation: tip, fence });
            return put({ at: "claiming" });
          }),
        },
      ];
    case "publishing":
      return orLost(`records ${tip}`, (base, isLost) =>
        onLedger(base, store, (ledger) => published(ledger, base, index, fence, isLost)),
      );
    case "burying":
      return [
        {
          name: name("records a failure"),
          make: onLedger(state, store, async (ledger) => {
            const failure = { kind: request.failure ?? "unsent", retryInMs: 1 } as const;
            const answer = await ledger.bury(AT, { generation: tip, fence, failure });
            if (answer.kind === "ended") return put({ at: "responding", result: "ended" });
            if (answer.kind === "lost") return put({ at: "claiming" });
            return put({ at: "responding", result: "failed" });
          }),
        },
      ];
    case "looking":
    case "ending":
      return [
        {
          name: name(request.at === "looking" ? "looks for a success" : "ends the session"),
          make: onLedger(state, store, (ledger) => ended(ledger, state, index, fence)),
        },
      ];
    case "responding":
      return [
        {
          name: name("is answered"),
          make: onLedger(state, store, async (ledger) => {
            if (request.result !== "fresh") return put(over(request, request.result ?? "failed"));
            const acknowledgement: Acknowledgement = {
              shown,
              arrivedAgoMs: NOW - request.arrivedAt,
              isHanding: tip > shown,
              settleAfterMs: SETTLE_MS,
              staleCookieMs: STALE_MS,
            };
            await ledger.acknowledge(AT, acknowledgement);
            // The old cookie may be shown again all the same: the answer was lost, or another tab has slept.
            const jar = [...new Set([...state.jar, tip])].toSorted((a, b) => a - b);
            const handedAt = firstAt(state.handedAt, tip);
            return put(over(request, "fresh"), { ...state, jar, handedAt });
          }),
        },
      ];
    default:
      return [];
  }
}

/** A request comes with one of the cookies that the browser has had. */
function begun(state: State, index: number, generation: number): State {
  const shownAt = firstAt(state.shownAt, generation);
  const isWindow = generation > state.expired;
  // The last generation is fresh, and isn't spent.
  if (generation > LAST_SPENT) {
    return withRequest({ ...state, shownAt }, index, {
      at: "responding",
      shown: generation,
      tip: generation,
      result: "fresh",
    });
  }
  return withRequest({ ...state, shownAt }, index, {
    at: "claiming",
    arrivedAt: NOW,
    shown: generation,
    tip: generation,
    isWindow,
  });
}

/** When each generation up to this one was first met. */
function firstAt(instants: State["shownAt"], generation: number): State["shownAt"] {
  const met = { ...instants };
  for (let each = 0; each <= generation; each += 1) met[each] ??= NOW;
  return met;
}

async function claimed(
  ledger: Ledger,
  state: State,
  index: number,
  fence: string,
  isAnswerLost: boolean,
): Promise<State | string | undefined> {
  const request = state.requests[index];
  if (request === undefined) return undefined;
  const { tip, isWindow } = request;
  const put = (next: Partial<ModelRequest>): State => withRequest(state, index, next);
  const holder = state.record?.entries[tip];
  // Somebody has seen this lease over for long.
  const isDead = holder?.state === "pending" && holder.leaseUntil <= NOW - DEAD_MS;
  const answer = await ledger.claim(AT, {
    generation: tip,
    fence,
    leaseMs: MODEL_LEASE_MS,
    mayRepeatAmbiguous: !isWindow,
    ...(isDead ? { takeOver: holder.fence } : {}),
  });
  if (isAnswerLost) return answer.kind === "led" ? state : undefined;
  switch (answer.kind) {
    case "led":
      return put({ at: "leading", leaseUntil: NOW + MODEL_LEASE_MS });
    case "done":
      return found(state, index, answer.view);
    case "pending":
      // Nobody waits for another one's refresh ahead of need.
      return isWindow ? put({ at: "responding", result: "fresh" }) : undefined;
    case "dead":
      if (isWindow) return put({ at: "responding", result: "fresh" });
      return answer.held ? "held, though its token has expired" : put({ at: "responding", result: "failed" });
    case "stale":
      return stale(state, index);
    default:
      return put({ at: "responding", result: "ended" });
  }
}

/** The newest grant that leads on from where a request stands. */
function found(state: State, index: number, view: RecordView): State | string {
  const request = state.requests[index];
  if (request === undefined) return state;
  let { tip } = request;
  while (view.successors[tip] !== undefined) tip += 1;
  if (tip === request.tip) return stale(state, index);
  const isFresh = tip > state.expired || request.isWindow;
  return withRequest(
    state,
    index,
    isFresh ? { at: "responding", tip, result: "fresh" } : { at: "claiming", tip },
  );
}

/** What came of its generation is gone. */
function stale(state: State, index: number): State | string {
  const { shown = 0 } = state.requests[index] ?? {};
  return mayBeStale(state, shown) ?? withRequest(state, index, { at: "responding", result: "stale" });
}

function sent(state: State, index: number, fence: string): State | string | undefined {
  const request = state.requests[index];
  if (request === undefined || request.leaseUntil - NOW < CALL_MS) return undefined;
  const call: ModelCall = {
    request: index,
    generation: request.tip,
    fence,
    sentAt: NOW,
    leaseUntil: request.leaseUntil,
    outcome: undefined,
    isGivenUp: false,
  };
  const violation = maySend(state, call, request.isWindow);
  if (violation !== undefined) return violation;
  return withRequest({ ...state, calls: [...state.calls, call] }, index, { at: "calling" });
}

async function published(
  ledger: Ledger,
  state: State,
  index: number,
  fence: string,
  isAnswerLost: boolean,
): Promise<State | string | undefined> {
  const { tip = 0 } = state.requests[index] ?? {};
  const answer = await ledger.publish(AT, { generation: tip, fence, sealed: `to ${tip + 1}` });
  const after = noted(state, answer.kind, tip);
  if (isAnswerLost) return after;
  if (answer.kind === "ended")
    return withRequest(revoked(after), index, { at: "responding", result: "ended" });
  if (answer.kind === "done") return found(after, index, answer.view);
  return withRequest(
    after,
    index,
    tip + 1 > state.expired
      ? { at: "responding", tip: tip + 1, result: "fresh" }
      : { at: "claiming", tip: tip + 1 },
  );
}

/** The provider says that the grant is over: unless somebody has recorded a success, or is about to. */
async function ended(ledger: Ledger, state: State, index: number, fence: string): Promise<State | string> {
  const request = state.requests[index];
  const { tip = 0 } = request ?? {};
  const view = await ledger.read(AT, tip);
  if (view.ended !== undefined) {
    return withRequest(state, index, { at: "responding", result: "ended" });
  }
  if (view.successors[tip] !== undefined) return found(state, index, view);
  if (request?.at === "looking") return withRequest(state, index, { at: "ending" });
  const answer = await ledger.bury(AT, { generation: tip, fence, failure: { kind: "terminal" } });
  const isEnded = answer.kind === "ended";
  return withRequest(state, index, isEnded ? { at: "responding", result: "ended" } : { at: "claiming" });
}

function noted(state: State, kind: string, generation: number): State {
  if (kind !== "published" || state.recorded.includes(generation)) return state;
  return { ...state, recorded: [...state.recorded, generation].toSorted((a, b) => a - b) };
}

function revoked(state: State): State {
  return { ...state, provider: { ...state.provider, revoked: true } };
}

/** Runs the real ledger on what a state says. */
function onLedger(
  state: State,
  store: ModelStore,
  work: (ledger: Ledger) => Promise<State | string | undefined>,
): Move["make"] {
  return async () => {
    store.load(state);
    const next = await work(store.ledger);
    return next === undefined || typeof next === "string" ? next : store.save(next);
  };
}
