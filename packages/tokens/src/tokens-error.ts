/**
 * Why this package throws; everything else that can happen is a return value.
 *
 * - `ledger_unreachable`: the store didn't answer in time, refused, or the connection is gone; it may have done what was asked.
 * - `record_unreadable`: the store works, but what lies at this session's place can't be read: that session's trouble alone.
 * - `ledger_misconfigured`: the store can't be used as it is set up (version, eviction policy, unwritable file).
 * - `ledger_closed`: called after `close()`.
 * - `policy_invalid`: the policy contradicts itself.
 */
export type TokensErrorCode =
  | "ledger_unreachable"
  | "record_unreadable"
  | "ledger_misconfigured"
  | "ledger_closed"
  | "policy_invalid";

/** The one error class of this package. Its message never holds a token. */
export class TokensError extends Error {
  override readonly name = "TokensError";
  readonly code: TokensErrorCode;

  constructor(code: TokensErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
