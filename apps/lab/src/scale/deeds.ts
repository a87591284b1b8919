import { randomBytes } from "node:crypto";
import {
  createTokenKeeper,
  type FreshOutcome,
  type Ledger,
  type RefreshCall,
  type SessionRef,
  type TokenKeeper,
} from "@coatcheck/tokens";
import { answerRefresh, madeUpSession } from "../torture/memory/refreshing-crowd.ts";
import { sleep } from "../torture/stage/sleep.ts";

/** One thing that a request asks of the ledger, of a session that has refreshed once before. */
interface Deed {
  readonly about: string;
  /** What was before, which isn't counted. */
  prepare?(this: void, at: DeedPlace): Promise<unknown>;
  run(this: void, at: DeedPlace): Promise<unknown>;
}

/** Where a deed is done: by two instances, on one session. */
export interface DeedPlace {
  readonly here: TokenKeeper;
  /** Of the same instance as `here`, with a provider that takes {@link PROVIDER_MS}. */
  readonly hereSlowly: TokenKeeper;
  readonly elsewhere: TokenKeeper;
  /** As a request shows it. @param ageSeconds of its access token, which lives {@link LIFE_SECONDS} */
  readonly session: (generation: number, ageSeconds: number, lifeSeconds?: number) => SessionRef;
}

/** So short that nobody can think a generation settled that was refreshed when it had expired. */
export const LIFE_SECONDS = 100;
const LONG_LIFE_SECONDS = 300;
/** What a refresh takes at a provider that is near and well. Whoever waits for it elsewhere looks at the store meanwhile. */
export const PROVIDER_MS = 50;
/** Calls of one page that meet an expired token together. */
export const AT_ONCE = 20;
const YOUNG = 10;
/** In the last fifth of its life, and not in the last tenth or 5 s of it. */
const IN_WINDOW = 90;
const EXPIRED = 105;
/** When nobody can be without it any more. */
const SETTLES = 130;

export const DEEDS = {
  call: { about: "a call with a living token", run: ({ here, session }) => call(here, session(0, YOUNG)) },
  led: {
    about: "a refresh: its leader",
    prepare: refreshFirst,
    run: ({ here, session }) => call(here, session(1, EXPIRED), "led"),
  },
  beside: {
    about: "a refresh ahead of need, beside the call that led it",
    prepare: refreshFirst,
    async run({ here, session }) {
      const visit = here.open(session(1, IN_WINDOW));
      const outcome = fresh(await visit.ensureFresh(""), "window");
      await here.drain();
      return visit.close({ known: outcome.grant, willWrite: false });
    },
  },
  atOnce: {
    about: `${AT_ONCE} calls at once on an expired token, on one instance`,
    prepare: refreshFirst,
    run: ({ here, session }) =>
      Promise.all(Array.from({ length: AT_ONCE }, () => call(here, session(1, EXPIRED)))),
  },
  awaited: {
    about: `a refresh of ${PROVIDER_MS} ms, and a call on another instance that waits for it`,
    prepare: refreshFirst,
    run: ({ hereSlowly, elsewhere, session }) =>
      Promise.all([hereSlowly, elsewhere].map((keeper) => call(keeper, session(1, EXPIRED)))),
  },
  replayed: {
    about: "a cookie of before the refresh, shown to another instance",
    async prepare(at) {
      await refreshFirst(at);
      await call(at.here, at.session(1, EXPIRED), "led");
    },
    run: ({ elsewhere, session }) => call(elsewhere, session(1, EXPIRED), "replayed"),
  },
  touch: {
    about: "a call that moves the idle deadline",
    prepare: refreshFirst,
    async run({ here, session }) {
      const visit = here.open(session(1, YOUNG));
      const { grant } = fresh(await visit.ensureFresh(""), "unchanged");
      return visit.close({ known: grant, willWrite: true, touchedAt: Date.now() });
    },
  },
  acknowledged: {
    about: "the first call that shows a new token after two minutes, to each instance",
    prepare: refreshFirst,
    run: ({ here, session }) => call(here, session(1, SETTLES, LONG_LIFE_SECONDS)),
  },
  listed: {
    about: "a sign-in, where people may see their sessions",
    async run({ here, session }) {
      const now = Date.now();
      await here.sessionList?.note({ session: session(0, 0), signedInAt: now, usedAt: now, labels: {} });
    },
  },
  signOut: {
    about: "a sign-out",
    prepare: refreshFirst,
    run: ({ here, session }) => here.end(session(1, YOUNG), "signed_out"),
  },
  backChannel: {
    about: "a back-channel logout",
    run({ here, session }) {
      const { iss, sub } = session(0, 0);
      return here.endBy({ iss, sub, iat: 1 });
    },
  },
} as const satisfies Record<string, Deed>;

export type DeedName = keyof typeof DEEDS;

export function deedNamed(name: DeedName): Deed {
  return DEEDS[name];
}

/**
 * The keeper of one instance, whose provider has no network.
 *
 * @param lifeMs of the access tokens that it gives
 * @param providerMs what an answer of it takes
 */
export function createCountedKeeper(ledger: Ledger, lifeMs: number, providerMs: number): TokenKeeper {
  const answer = answerRefresh(Date.now, lifeMs);
  const refresh: RefreshCall = async (request) => {
    if (providerMs > 0) await sleep(providerMs);
    return answer(request);
  };
  return createTokenKeeper({
    ledger,
    refresh,
    ports: {
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
      randomBytes: (count) => randomBytes(count),
    },
  });
}

const LEFT_MS = 8 * 3_600_000;

/** @param index whose session: nobody else's deeds may be done on it */
export function placeOf(keepers: Omit<DeedPlace, "session">, index: number): DeedPlace {
  return {
    ...keepers,
    session(generation, ageSeconds, lifeSeconds = LIFE_SECONDS) {
      const now = Date.now();
      const issuedAt = now - ageSeconds * 1_000;
      const made = { index, generation, issuedAt, lifeMs: lifeSeconds * 1_000 };
      return madeUpSession(made, now + LEFT_MS, now);
    },
  };
}

function refreshFirst({ here, session }: DeedPlace): Promise<unknown> {
  return call(here, session(0, EXPIRED), "led");
}

/** A request from its beginning to the moment when its headers leave. */
async function call(keeper: TokenKeeper, session: SessionRef, how?: string): Promise<unknown> {
  const visit = keeper.open(session);
  const { grant } = fresh(await visit.ensureFresh(""), how);
  return visit.close({ known: grant, willWrite: false });
}

function fresh(outcome: FreshOutcome, how?: string): FreshOutcome & { readonly kind: "fresh" } {
  if (outcome.kind !== "fresh" || (how !== undefined && outcome.how !== how))
    throw new Error(`Not what was to be counted: ${JSON.stringify(outcome)}`);
  return outcome;
}
