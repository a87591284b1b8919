import {
  BFF_PATHS,
  sessionListSchema,
  SESSIONS_EXTENSION,
  type SessionListView,
  type SessionView,
} from "@coatcheck/contract";
import { createBffCall } from "../bff-call.ts";
import type { CoatcheckClient } from "../client.ts";

/** The sessions that the person of the page has, in all browsers; where the server keeps a list of them. */
export interface OwnSessions {
  /** Last used first. */
  list: () => Promise<SessionListView>;
  /** Signs out another browser, within a second; resolves with what is left. This one's is ended by `client.logout`. */
  end: (id: string) => Promise<SessionListView>;
}

export interface OwnSessionsOptions {
  /** As of the client. Default `""`. */
  baseUrl?: string;
  /** Deadline of a call. Default 20,000. */
  timeoutMs?: number;
}

/** Whether the server keeps such a list; it says so with the session. */
export function hasOwnSessions(view: SessionView): boolean {
  return view.state !== "anonymous" && view.extensions?.includes(SESSIONS_EXTENSION) === true;
}

/**
 * Lists and ends the sessions of the page's person. `client.logout({ everywhere: true })` ends them all.
 *
 * Both throw {@link CoatcheckError}: `ledger_unavailable` where nothing was ended since the server can't reach its store.
 */
export function createOwnSessions(
  { apiFetch }: Pick<CoatcheckClient, "apiFetch">,
  { baseUrl = "", timeoutMs = 20_000 }: OwnSessionsOptions = {},
): OwnSessions {
  const call = createBffCall({ apiFetch, baseUrl, timeoutMs });
  return {
    list: () => call("GET", BFF_PATHS.sessions, sessionListSchema),
    end: (id) => call("POST", BFF_PATHS.endSession, sessionListSchema, { id }),
  };
}
