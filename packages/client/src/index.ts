export { createClient, type ClientOptions, type CoatcheckClient, type LoginOptions } from "./client.ts";
export { CoatcheckError, type CoatcheckErrorCode, type CoatcheckErrorDetails } from "./coatcheck-error.ts";
export type { Page } from "./page.ts";
export { readRetryAfter } from "./problem-answer.ts";
export { isSignedIn, type PersonChange, type SessionState } from "./session-store.ts";
