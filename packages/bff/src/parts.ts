import type { Provider } from "@coatcheck/oauth";
import type { BrowserSessions } from "@coatcheck/session";
import type { TokenKeeper } from "@coatcheck/tokens";
import type { BffSettings } from "./config/bff-settings.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { Background } from "./observe/background.ts";
import type { Log } from "./observe/log.ts";
import type { Observer } from "./observe/observer.ts";
import type { PendingSignIn } from "./session/pending-sign-in.ts";
import type { SessionEnder } from "./session/session-ender.ts";
import type { SessionValue } from "./session/session-value.ts";

/** What every route is made of. */
export interface Parts {
  readonly settings: BffSettings;
  readonly provider: Provider;
  readonly keeper: TokenKeeper;
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
  readonly ender: SessionEnder;
  readonly fingerprints: Fingerprints;
  readonly background: Background;
  readonly observer: Required<Observer>;
  /** Names of what was loaded beside the counter itself. */
  readonly extensions: readonly string[];
  readonly log: Log;
  /** Whether a navigation to a path gets the page. */
  readonly isPage: (path: string) => boolean;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}
