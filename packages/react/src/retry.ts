import { CoatcheckError, type CoatcheckErrorCode } from "@coatcheck/client";
import { ApiError } from "./api-error.ts";

const MAX_RETRIES = 3;
const LONGEST_DELAY_MS = 30_000;

/** What may be otherwise the next time. Everything else stays as it is until a person or a developer does something. */
const PASSING_CODES: ReadonlySet<CoatcheckErrorCode> = new Set([
  "network",
  "provider_error",
  "upstream_failed",
  "refresh_unavailable",
  "ledger_unavailable",
  "provider_unavailable",
  "upstream_timeout",
]);
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** TanStack Query's `retry`: at most three times, only what passes; never without a session, a person or permission. */
export function shouldRetry(failureCount: number, error: unknown): boolean {
  if (failureCount >= MAX_RETRIES) return false;
  if (error instanceof CoatcheckError) return PASSING_CODES.has(error.code);
  return error instanceof ApiError && PASSING_STATUSES.has(error.status);
}

/** TanStack Query's `retryDelay` in ms: what `Retry-After` says, else 1, 2, 4 ... 30 s. */
export function retryDelay(failureCount: number, error: unknown): number {
  const asked =
    error instanceof CoatcheckError || error instanceof ApiError ? error.retryAfterSeconds : undefined;
  return asked === undefined ? Math.min(LONGEST_DELAY_MS, 1000 * 2 ** failureCount) : asked * 1000;
}
