import { oneOf } from "./schema.ts";

/** Why nobody is signed in. `unreadable`: a cookie that this process can't open, though another may (kept), or a damaged one (removed). */
export const ANONYMOUS_REASONS = [
  "none",
  "idle_timeout",
  "absolute_timeout",
  "signed_out",
  "revoked",
  "grant_ended",
  "unreadable",
] as const;

export type AnonymousReason = (typeof ANONYMOUS_REASONS)[number];

export const anonymousReasonSchema = oneOf(...ANONYMOUS_REASONS);
