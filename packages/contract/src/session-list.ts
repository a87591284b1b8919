import { type Infer, array, boolean, number, object, string } from "./schema.ts";

/** Where it stands in a session's `extensions`, the person can see their sessions and end them. */
export const SESSIONS_EXTENSION = "sessions";

/** One of the person's sessions, in whatever browser. Instants are milliseconds since the epoch by the server's clock. */
const listedSessionSchema = object({
  /** What ends it; a one-way name, as in the server's log. */
  id: string,
  /** Of the browser that asks. */
  isCurrent: boolean,
  /** The ticket number that its own browser shows. */
  ticket: string,
  signedInAt: number,
  /** Within a tenth of the idle time. */
  lastUsedAt: number,
  /** Families, as the browser names itself: `Firefox`, `Linux`; `Other` for what nobody knows. */
  browser: string,
  system: string,
});

/** What `GET /bff/sessions` answers, and `POST /bff/sessions/end` once one is over: last used first. */
export const sessionListSchema = object({ now: number, sessions: array(listedSessionSchema) });

/** Body of `POST /bff/sessions/end`: another session than the one that asks. */
export const endSessionRequestSchema = object({ id: string });

export type ListedSessionView = Infer<typeof listedSessionSchema>;
export type SessionListView = Infer<typeof sessionListSchema>;
