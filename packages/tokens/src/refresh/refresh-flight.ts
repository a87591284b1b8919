import { callProvider } from "./call-provider.ts";
import { backOffMs, isRefusalFinal } from "./failure-policy.ts";
import type { Grant } from "../grant/grant.ts";
import { createLeaseSightings } from "./lease-sightings.ts";
import type { RefreshAnswer } from "./refresh-call.ts";
import type { RefreshOrder, RefreshResult, RefreshTools } from "./refresh-order.ts";
import {
  recordFailure,
  recordSuccess,
  recordTerminal,
  recordUnused,
  type Recorded,
} from "./record-outcome.ts";
import { takeTurn, type Turn } from "./take-turn.ts";
import type { RefreshEventOutcome } from "./tokens-event.ts";

/** One refresh of one generation, shared by everyone in this process who needs it. */
export interface RefreshFlight {
  readonly order: RefreshOrder;
  /** `leading`: the turn is taken, the token call is on its way. Else how it ended without one. Never rejects. */
  readonly turn: Promise<"leading" | RefreshResult>;
  /** Never rejects. */
  readonly result: Promise<RefreshResult>;
  /** There is a result already: a success that waits to be recorded is kept for those who come late. */
  readonly isOver: () => boolean;
  /** Settles when the outcome is in the ledger, too. */
  readonly recorded: Promise<void>;
}

/** Single flight: the key is the session, the generation and its refresh token; the resource waits for its turn. */
export interface RefreshFlights {
  find(sid: string, tip: Grant): RefreshFlight | undefined;
  /** The caller has looked with `find` in the same turn of the event loop. */
  start(order: RefreshOrder): RefreshFlight;
}

export function createRefreshFlights(tools: RefreshTools): RefreshFlights {
  const { policy, ports, gate } = tools;
  const flights = new Map<string, RefreshFlight>();
  const sightings = createLeaseSightings(policy.takeOverAfterSeenExpiredMs, ports.monotonicMs, gate.failures);
  const successes = createSuccesses(ports.monotonicMs);

  function start(order: RefreshOrder): RefreshFlight {
    const key = keyOf(order.session.sid, order.tip);
    const turn = Promise.withResolvers<"leading" | RefreshResult>();
    const result = Promise.withResolvers<RefreshResult>();
    const recorded = Promise.withResolvers<void>();
    let isOver = false;
    const flight: RefreshFlight = {
      order,
      isOver: () => isOver,
      turn: turn.promise,
      result: result.promise,
      recorded: recorded.promise,
    };
    flights.set(key, flight);
    tools.track(recorded.promise);

    const leave = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    run(order, () => turn.resolve("leading"))
      // A defect of ours or of a port must not leave anyone waiting.
      .catch((error: unknown): Recorded => {
        tools.observer({ kind: "defect", reason: error instanceof Error ? error.name : "unknown error" });
        return { result: FAILED, done: Promise.resolve() };
      })
      .then(({ result: end, done }) => {
        // An unrecorded success stays, so that whoever still shows the spent grant finds it here.
        if (end.kind !== "advanced") leave();
        isOver = true;
        turn.resolve(end);
        result.resolve(end);
        return done.then(() => {
          leave();
          recorded.resolve();
        });
      })
      .catch(() => recorded.resolve());
    return flight;
  }

  async function run(order: RefreshOrder, onTurn: () => void): Promise<Recorded> {
    const at = await tools.addresses.addressOf(order.session);
    const turn = await takeTurn(order, at, sightings, tools);
    if (turn.kind !== "led") return { result: turn, done: Promise.resolve() };
    try {
      const recorded = await lead(order, turn, onTurn);
      // The lease outlives the answer: until the outcome is in the ledger, nobody else may send.
      return { ...recorded, done: recorded.done.finally(turn.lease.stop) };
    } catch (error) {
      turn.lease.stop();
      throw error;
    }
  }

  async function lead(order: RefreshOrder, turn: Turn, onTurn: () => void): Promise<Recorded> {
    const { refreshToken } = order.tip;
    const begunAt = ports.monotonicMs();
    const isAdmitted = await tools.breaker.admit(order.mode === "window" ? 0 : policy.backOffWaitMs);
    if (refreshToken === undefined || !isAdmitted) {
      const retryInMs = Math.max(1, tools.breaker.nextProbeInMs());
      return {
        result: { kind: "failed", cause: "backing_off", retryInMs },
        done: recordUnused(order, turn.fence, tools),
      };
    }
    onTurn();
    const { answer, wasHeldBack } = await call({ ...order, refreshToken }, turn);
    if (wasHeldBack) {
      return {
        result: { kind: "failed", cause: "busy", retryInMs: 1_000 },
        done: recordUnused(order, turn.fence, tools),
      };
    }
    const recorded = await record(order, turn, answer);
    await observe(order, answer, recorded.result, ports.monotonicMs() - begunAt);
    tools.reportSize();
    return recorded;
  }

  /** One token call; a second one at once where an ambiguous end of the first is covered by the provider's grace. */
  async function call(
    order: RefreshOrder & { readonly refreshToken: string },
    turn: Turn,
  ): ReturnType<typeof callProvider> {
    const begunAt = ports.monotonicMs();
    const onLate = (late: Extract<RefreshAnswer, { kind: "success" }>): void => {
      tools.track(recordSuccess(order, turn.fence, late, tools).then(({ done }) => done));
    };
    const first = await callProvider(order, turn.lease, tools, onLate);
    const isInGrace = ports.monotonicMs() - begunAt < policy.reuseGraceSeconds * 1_000;
    const isRepeatable = first.answer.kind === "ambiguous" && isInGrace && !turn.history.maybeSpent;
    if (!isRepeatable || tools.breaker.isOpen()) return first;
    const second = await callProvider(order, turn.lease, tools, onLate);
    return second.wasHeldBack ? first : second;
  }

  async function record(order: RefreshOrder, turn: Turn, answer: RefreshAnswer): Promise<Recorded> {
    const { history, fence } = turn;
    if (answer.kind === "success") {
      tools.breaker.succeeded();
      successes.note(order.session.sid);
      return recordSuccess(order, fence, answer, tools);
    }
    if (answer.kind === "unsent" || answer.kind === "ambiguous") tools.breaker.failed();
    else tools.breaker.succeeded();
    if (answer.kind === "terminal") return recordTerminal(order, fence, tools);
    const canOthers = successes.byOthersWithin(order.session.sid, history.refusedForMs);
    if (answer.kind === "refused" && isRefusalFinal(history, canOthers, policy)) {
      return recordTerminal(order, fence, tools);
    }
    const wish = answer.kind === "unsent" ? answer.retryAfterSeconds : undefined;
    const retryInMs = backOffMs(history.tries, wish, random(), policy);
    return recordFailure(order, fence, { kind: answer.kind, retryInMs }, tools);
  }

  async function observe(
    order: RefreshOrder,
    answer: RefreshAnswer,
    result: RefreshResult,
    durationMs: number,
  ): Promise<void> {
    const { logId } = await tools.addresses.keysOf(order.session);
    tools.observer({
      kind: "refresh",
      outcome: outcomeOf(order, answer, result),
      trigger: order.trigger,
      resource: order.resource,
      durationMs,
      generation: result.kind === "advanced" ? result.grant.generation : order.tip.generation,
      session: logId,
      ...(answer.kind === "success" ? {} : { reason: answer.reason }),
      ...(answer.kind === "success" || answer.status === undefined ? {} : { status: answer.status }),
    });
    if (result.kind === "ended" && answer.kind !== "success" && result.reason === "grant_ended") {
      tools.observer({ kind: "session_ended", session: logId, reason: result.reason });
    }
  }

  /** 0 to 1, from the port for randomness. */
  function random(): number {
    return (tools.ports.randomBytes(1)[0] ?? 0) / 256;
  }

  return { find: (sid, tip) => flights.get(keyOf(sid, tip)), start };
}

const FAILED: RefreshResult = { kind: "failed", cause: "tried", retryInMs: 1_000 };

function keyOf(sid: string, tip: Grant): string {
  return `${sid} ${tip.generation} ${tip.refreshToken ?? ""}`;
}

function outcomeOf(order: RefreshOrder, answer: RefreshAnswer, result: RefreshResult): RefreshEventOutcome {
  if (answer.kind === "success") return order.mode === "window" ? "window" : "led";
  if (result.kind === "ended") return "terminal";
  return answer.kind === "ambiguous" ? "ambiguous" : "unsent";
}

/** Which sessions were refreshed lately: whether a refusal is one session's trouble or everyone's. */
function createSuccesses(monotonicMs: () => number) {
  let latest: { readonly sid: string; readonly at: number } | undefined;
  let latestOfAnother: { readonly sid: string; readonly at: number } | undefined;
  return {
    note(sid: string): void {
      if (latest !== undefined && latest.sid !== sid) latestOfAnother = latest;
      latest = { sid, at: monotonicMs() };
    },
    byOthersWithin(sid: string, ms: number): boolean {
      const other = latest?.sid === sid ? latestOfAnother : latest;
      return other !== undefined && monotonicMs() - other.at <= ms;
    },
  };
}
