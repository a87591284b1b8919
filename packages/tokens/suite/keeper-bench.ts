import { randomBytes } from "node:crypto";
import { createTokenKeeper } from "../src/create-token-keeper.ts";
import type { Grant } from "../src/grant.ts";
import type { Ledger } from "../src/ledger.ts";
import { createMemoryLedger } from "../src/memory-ledger.ts";
import type { KeeperPolicy } from "../src/policy.ts";
import type { RefreshCall } from "../src/refresh-call.ts";
import type { SessionRef, TokenKeeper } from "../src/token-keeper.ts";
import type { TokensEvent, TokensObserver } from "../src/tokens-event.ts";
import { createTroubledLedger, type TroubledLedger } from "./troubled-ledger.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { createSynchronousCrypto } from "./plain-crypto.ts";
import { createSimulatedProvider, type SimulatedProvider } from "./simulated-provider.ts";

export interface KeeperBench {
  readonly clock: ManualClock;
  readonly provider: SimulatedProvider;
  readonly ledger: TroubledLedger;
  readonly keeper: TokenKeeper;
  readonly events: TokensEvent[];
  readonly revoked: string[];
  /** Another process on the same store, with its own way to it. */
  newProcess(policy?: Partial<KeeperPolicy>): {
    readonly keeper: TokenKeeper;
    readonly ledger: TroubledLedger;
  };
  /** One request that shows this grant, arriving now. */
  request(grant: Grant, more?: Partial<SessionRef>): SessionRef;
  /** Lets time pass until this is answered. @throws {Error} if it takes longer than `maxMs` */
  answer<T>(promise: Promise<T>, maxMs?: number): Promise<T>;
}

/** A keeper on a manual clock, with a simulated provider behind it. */
export function createKeeperBench(
  options: {
    readonly policy?: Partial<KeeperPolicy>;
    readonly outlivesProcess?: boolean;
    readonly refresh?: (real: RefreshCall) => RefreshCall;
    readonly observer?: TokensObserver;
  } = {},
): KeeperBench {
  const clock = createManualClock();
  const provider = createSimulatedProvider(clock);
  const store = createMemoryLedger(clock, { outlivesProcess: options.outlivesProcess ?? false });
  const ledger = createTroubledLedger(store, clock);
  const crypto = createSynchronousCrypto();
  const events: TokensEvent[] = [];
  const revoked: string[] = [];
  const start = clock.nowMs();

  function newKeeper(on: Ledger, policy: Partial<KeeperPolicy>): TokenKeeper {
    return createTokenKeeper({
      ledger: on,
      refresh: options.refresh?.(provider.refresh) ?? provider.refresh,
      revoke: async (token) => void revoked.push(token),
      policy,
      ports: { ...clock, randomBytes: (count) => randomBytes(count), crypto },
      observer: options.observer ?? ((event) => void events.push(event)),
    });
  }

  return {
    clock,
    provider,
    ledger,
    keeper: newKeeper(ledger, options.policy ?? {}),
    events,
    revoked,
    newProcess(policy = options.policy ?? {}) {
      const way = createTroubledLedger(store, clock);
      return { keeper: newKeeper(way, policy), ledger: way };
    },
    request: (grant, more) => ({
      sid: "a-session",
      iss: "https://id.example",
      sub: "ada",
      idTokenIat: Math.floor(start / 1_000),
      absoluteDeadline: start + 43_200_000,
      arrivedAt: clock.nowMs(),
      grant,
      ...more,
    }),
    async answer(promise, maxMs = 60_000) {
      const state = { isDone: false };
      const watch = async (): Promise<void> => {
        await Promise.allSettled([promise]);
        state.isDone = true;
      };
      void watch();
      await clock.settle();
      for (let waited = 0; !state.isDone; waited += 50) {
        if (waited > maxMs) throw new Error(`no answer within ${maxMs} ms`);
        await clock.advance(50);
      }
      return promise;
    },
  };
}
