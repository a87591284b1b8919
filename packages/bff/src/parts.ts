import type { Provider } from "@coatcheck/oauth";
import type { BrowserSessions } from "@coatcheck/session";
import type { Ledger, TokenKeeper } from "@coatcheck/tokens";
import type { BffSettings } from "./config/bff-settings.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { Middleware } from "./hono/middleware.ts";
import type { Log } from "./observe/log.ts";
import type { PendingSignIn } from "./session/pending-sign-in.ts";
import type { SessionEnder } from "./session/session-ender.ts";
import type { SessionValue } from "./session/session-value.ts";

/** What every route of our own is made of. */
export interface Parts extends Pick<
  Middleware,
  "openSession" | "knowSession" | "requireSession" | "answerProblem"
> {
  readonly settings: BffSettings;
  readonly provider: Provider;
  readonly keeper: TokenKeeper;
  readonly ledger: Pick<Ledger, "claim" | "renew" | "release">;
  readonly sessions: BrowserSessions<SessionValue, PendingSignIn>;
  readonly ender: SessionEnder;
  readonly fingerprints: Fingerprints;
  /** Names of what was loaded beside the BFF itself. */
  readonly extensions: readonly string[];
  readonly log: Log;
  /** Whether a navigation to a path gets the page. */
  readonly isPage: (path: string) => boolean;
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}
