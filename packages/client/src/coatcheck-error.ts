import type { AnonymousReason, Problem, ProblemCode } from "@coatcheck/contract";

/**
 * `network`: nobody answered. `cross_origin`: `apiFetch` was given another origin; nothing was sent.
 * `unexpected_answer`: something answered that isn't our server. The rest are the server's own problem codes.
 */
export type CoatcheckErrorCode = ProblemCode | "network" | "cross_origin" | "unexpected_answer";

/** What an error can know besides its code; all from the answer. */
export interface CoatcheckErrorDetails {
  status?: number | undefined;
  problem?: Problem | undefined;
  /** Seconds to wait before the next try, from the problem or from `Retry-After`. */
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/** The one error of this package; switch on `code`, never on `message`. */
export class CoatcheckError extends Error {
  override readonly name = "CoatcheckError";
  readonly code: CoatcheckErrorCode;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Why nobody is signed in; accompanies `no_session`. */
  readonly reason: AnonymousReason | undefined;

  constructor(code: CoatcheckErrorCode, message: string, details: CoatcheckErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.problem = details.problem;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.reason = details.problem?.reason;
  }
}
