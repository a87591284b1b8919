import type { RefreshOutcome } from "@coatcheck/oauth";
import type { AccessToken, EndReason } from "@coatcheck/tokens";
import type { SimProcess } from "./sim-process.ts";
import type { Chain } from "./sim-provider.ts";
import type { CallRoute, StoreCall } from "./steps.ts";
import type { WorldSettings } from "./world-settings.ts";

/** What permits a session to end, beside the provider's own decision and its deadlines. */
export type Cause =
  | "signed out"
  | "signed in again"
  | "shown beside a newer session"
  | "the store lost data"
  | "logged out by the provider"
  | "answered about somebody else";

/** One session, from its sign-in on. Instants are the true ones, which no process knows. */
export interface SessionFacts {
  readonly sid: string;
  readonly person: string;
  readonly browser: number;
  readonly chain: Chain;
  readonly idTokenIat: number;
  readonly absoluteDeadline: number;
  readonly causes: Map<Cause, number>;
  endedAt: number | undefined;
  endedAs: EndReason | undefined;
  /** Whoever ended it showed a cookie that leads to nothing any more. */
  hasEndedStale: boolean;
  /** The latest generation that is spent, by the ledger. */
  highestSpent: number;
  /** When a request first showed this generation or a later one. */
  readonly firstShownAt: number[];
  /** When a response first handed out this generation or a later one. */
  readonly firstHandedAt: number[];
  /** Token calls that were refused since the last one that succeeded. */
  refusals: { readonly process: SimProcess; readonly at: number }[];
  /** When the provider's answer to a refresh of it was about somebody else. */
  otherIdentityAt: number | undefined;
  /** Its record couldn't be read until then, and its processes need some time more. */
  troubleUntil: number;
}

/** One refresh request on the wire. */
export interface TokenCall {
  readonly id: number;
  readonly process: SimProcess;
  readonly refreshToken: string;
  readonly resource: string;
  /** When it was asked for: its time-out counts from here. */
  readonly begunAt: number;
  readonly sentAt: number;
  readonly sentAtByProcess: number;
  /** The provider did what was asked. */
  isProcessed: boolean;
  outcome: RefreshOutcome["kind"] | undefined;
  answeredAt: number | undefined;
}

/** One request of a browser. */
export interface RequestFacts {
  readonly id: number;
  readonly browser: number;
  readonly route: CallRoute | "login" | "callback" | "logout";
  /** What its cookies hold, newest session first. */
  readonly shown: readonly ShownSession[];
  /** For whom the page was rendered, if it says so. */
  readonly pageOf: string | undefined;
  readonly sentAt: number;
  process: SimProcess | undefined;
  arrivedAt: number | undefined;
  answeredAt: number | undefined;
  /** The browser gave it up. */
  isAborted: boolean;
  isOver: boolean;
}

export interface ShownSession {
  readonly session: SessionFacts;
  readonly generation: number;
  readonly idleDeadline: number;
  readonly accessTokenExpiresAt: number;
}

/** Everything that really happened, as far as the invariants ask. */
export interface Facts {
  readonly settings: WorldSettings;
  readonly sessions: Map<string, SessionFacts>;
  readonly tokenCalls: Map<string, TokenCall[]>;
  /** By spent refresh token: when what came of it was written into the ledger. */
  readonly publishedAt: Map<string, number>;
  /** By refresh token: the access tokens that the session had beside it. */
  readonly accessTokensOf: Map<string, Readonly<Record<string, AccessToken>>>;
  readonly requests: RequestFacts[];
  /** `isDrained`: it ended in an orderly way. */
  readonly deaths: Map<SimProcess, { readonly at: number; readonly isDrained: boolean }>;
  readonly storeFailures: { readonly process: SimProcess; readonly call: StoreCall; readonly at: number }[];
  /** When a call of the store was tampered with, whoever noticed. */
  readonly storeFaultsAt: number[];
  /** When a message to or from the store was slow by itself. */
  readonly storeSlownessAt: number[];
  readonly storeLosses: number[];
  /** Single records that couldn't be read: pairs of true instants. */
  readonly damages: (readonly [from: number, to: number])[];
  /** Token calls that succeeded. */
  readonly successes: { readonly process: SimProcess; readonly at: number }[];
  /** Since when a process that is refused one write after the other hasn't reported that the store is down. */
  readonly reportedDown: Set<SimProcess>;
  readonly unreported: Map<SimProcess, { readonly since: number; readonly last: number }>;
  /** Refresh tokens that the provider could not be told of. */
  readonly failedRevocations: Set<string>;
  readonly clockSteps: { readonly process: SimProcess; readonly at: number }[];
  /** Of the store, for anybody or for this process. */
  outages(process?: SimProcess): readonly (readonly [from: number, to: number])[];
  /** The end of the latest trouble of any kind. */
  troubleUntil: number;
}

function overlap(periods: readonly (readonly [number, number])[], from: number, to: number): number {
  return periods.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
}

/** How long a process could not do its work: it stood still, or the store was out of its reach. */
export function hamperedMs(facts: Facts, process: SimProcess, from: number, to: number): number {
  const renewals = facts.storeFailures.filter(
    (failure) => failure.process === process && failure.at >= from && failure.at <= to,
  );
  const lostMs = renewals.reduce((sum, { call }) => sum + (call === "renew" ? 15_000 : 5_000), 0);
  const outMs = overlap(facts.outages(process), from, to) + overlap(facts.damages, from, to);
  return overlap(process.standstills(), from, to) + outMs + lostMs;
}

export function stoodStillMs(process: SimProcess, from: number, to: number): number {
  return overlap(process.standstills(), from, to);
}

/** The store was out of reach for anyone, or forgot something. */
export function hadStoreTrouble(facts: Facts, from: number, to: number): boolean {
  return (
    overlap(facts.outages(), from, to) > 0 ||
    facts.storeFailures.some(({ at }) => at >= from && at <= to) ||
    facts.storeFaultsAt.some((at) => at >= from && at <= to) ||
    facts.storeLosses.some((at) => at >= from && at <= to)
  );
}

export function hasLostData(facts: Facts, from: number, to: number): boolean {
  return facts.storeLosses.some((at) => at >= from && at <= to);
}
