import type { BrowserSessions } from "@coatcheck/session";
import type { Ledger } from "@coatcheck/tokens";
import type { FindApiRoute } from "./api/find-api-route.ts";
import type { BffSettings } from "./config/bff-settings.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { GuardRequest } from "./guard/guard-request.ts";
import type { Middleware } from "./hono/middleware.ts";
import type { ClientLimits } from "./limits/client-limits.ts";
import type { Background } from "./observe/background.ts";
import type { Log } from "./observe/log.ts";
import type { Observer } from "./observe/observer.ts";
import type { OnChooseProvider } from "./providers/choose-provider.ts";
import type { SignInProviders } from "./providers/sign-in-provider.ts";
import type { AdmitRequest } from "./request/admit-request.ts";
import type { FinishResponse } from "./response/finish-response.ts";
import type { OpenConnections } from "./session/open-connections.ts";
import type { OpenRequestSession } from "./session/open-request-session.ts";
import type { PendingSignIn } from "./session/pending-sign-in.ts";
import type { Reseals } from "./session/reseals.ts";
import type { SealSession } from "./session/seal-session.ts";
import type { SessionEndHook } from "./session/session-end-hook.ts";
import type { SessionEnder } from "./session/session-ender.ts";
import type { SessionListing } from "./session/session-listing.ts";
import type { OnSignIn } from "./session/sign-in-hook.ts";
import type { ViewSession } from "./session/view-session.ts";
import type { SessionValue } from "./session/session-value.ts";

/** What a BFF is made of, once for all its requests. */
export interface Core {
  readonly settings: BffSettings;
  readonly providers: SignInProviders;
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
  readonly sealSession: SealSession;
  readonly reseals: Reseals;
  readonly listing: SessionListing;
  readonly ledger: Ledger;
  readonly fingerprints: Fingerprints;
  readonly endHook: SessionEndHook;
  readonly limits: ClientLimits;
  readonly connections: OpenConnections;
  readonly findApiRoute: FindApiRoute;
  readonly finish: FinishResponse;
  readonly background: Background;
  /** Resolves when everything that was begun is recorded: token calls, revocations. */
  readonly settle: () => Promise<void>;
  readonly observer: Required<Observer>;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newRequestId: () => string;
  readonly addressHeader: string | undefined;
  /** @returns stops it */
  readonly startTimer: (onExpire: () => void, ms: number) => () => void;
  /** Waits, unless the process is being shut down. */
  readonly delay: (ms: number) => Promise<void>;
  /** Whether a navigation to a path gets the page. */
  readonly isPage: (path: string) => boolean;
}

/** The functions of a request's way, over plain values. */
export interface RequestWay {
  readonly admit: AdmitRequest;
  readonly guard: GuardRequest;
  readonly openSession: OpenRequestSession;
}

/** What every route of our own is made of. */
export interface Parts
  extends Core, Pick<Middleware, "openSession" | "knowSession" | "requireSession" | "answerProblem"> {
  readonly ender: SessionEnder;
  readonly onSignIn: OnSignIn | undefined;
  readonly onChooseProvider: OnChooseProvider | undefined;
  readonly viewSession: ViewSession;
  /** Names of what was loaded beside the BFF itself. */
  readonly extensions: readonly string[];
}
