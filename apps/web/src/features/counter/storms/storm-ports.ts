import type { DemoEvent, ProviderCounts, SignOutRace } from "@coatcheck/contract";
import type { Experiment, OnProgress } from "../experiments/experiment.ts";

/** How a call of a storm ended; a refusal of the counter's own is an answer, too. `status` 0: nobody answered. */
export type CallEnd = { status: number; ms: number; retryAfterSeconds?: number | undefined };

/** A fault of the provider, for this person alone; ends by itself. */
export type StormFault =
  | { kind: "unavailable"; endpoint: "any"; forSeconds: number }
  | { kind: "delay"; ms: number; grant: "refresh_token"; forSeconds: number };

/** What a tab showed: how its call ended, the coat that it knows, how often it asked about the session. */
export type TabEnd = { call: CallEnd; coat: number | undefined; questions: number };

/** What the storms need of the page. */
export interface StormPorts {
  /** Calls an API behind the counter. */
  call: () => Promise<CallEnd>;
  expire: () => Promise<void>;
  /** Renews now; `false` where it can't. */
  refresh: () => Promise<boolean>;
  /** The coat number, asked from the server; `undefined` where nobody is signed in. */
  coat: () => Promise<number | undefined>;
  events: () => Promise<readonly DemoEvent[]>;
  /** The provider's own count, for this person. */
  counts: () => Promise<ProviderCounts>;
  addFault: (fault: StormFault) => Promise<void>;
  clearFaults: () => Promise<void>;
  /** Resolves with the coat of the cookie that was kept, or given back. */
  oldCookie: (step: "keep" | "put_back") => Promise<number>;
  /** Opens so many clients, as tabs have them, has each ask and call at once, waits until they agree (1 s), closes them. */
  openTabs: (count: number) => Promise<readonly TabEnd[]>;
  signOutRace: () => Promise<SignOutRace>;
  /** Ends the session at the provider, which reports it to the counter; resolves when this page has noticed. */
  endAtProvider: () => Promise<void>;
  /** The place for typing: puts the caret there. */
  beginTyping: () => void;
  typed: () => string;
  wait: (ms: number) => Promise<void>;
  elapsedMs: () => number;
  onProgress: OnProgress;
}

export type Storm = Experiment<StormPorts>;
