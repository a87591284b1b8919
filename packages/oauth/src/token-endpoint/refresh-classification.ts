import { saysInvalidGrant } from "./invalid-grant.ts";
import { parseJsonObject } from "../call/json-object.ts";
import { knownErrorCode } from "./oauth-error-code.ts";
import type { CallResult } from "../call/provider-call.ts";
import type { RefreshOutcome } from "./refresh-outcome.ts";
import { parseRetryAfter } from "../call/retry-after.ts";
import { readTokenResponse } from "./token-response.ts";
import type { TokenResponseMembers } from "./token-response.ts";

export type RefreshClassification =
  | { readonly kind: "answered"; readonly members: TokenResponseMembers; readonly sentAtMs: number }
  | { readonly kind: "ended"; readonly outcome: Exclude<RefreshOutcome, { kind: "success" }> };

/**
 * Sorts what came back from the token endpoint, by status and raw body alone.
 *
 * The order matters: what a terminal answer looks like is asked first, since a gateway may wrap it in any status.
 */
export function classifyRefresh(
  result: CallResult | undefined,
  isTerminal: (status: number, body: string) => boolean,
  nowMs: number,
): RefreshClassification {
  const ended = (outcome: Exclude<RefreshOutcome, { kind: "success" }>): RefreshClassification => ({
    kind: "ended",
    outcome,
  });
  if (result === undefined) return ended({ kind: "unsent", reason: "request_not_possible" });
  if (result.kind === "unsent") return ended({ kind: "unsent", reason: result.reason });
  if (result.kind === "interrupted") return ended({ kind: "ambiguous", reason: result.reason });

  const { status, headers, body } = result;
  const isClientError = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (body.kind === "unreadable") {
    return ended({ kind: isClientError ? "refused" : "ambiguous", reason: `body_${body.reason}`, status });
  }
  if (saysInvalidGrant(body.text, headers.get("www-authenticate"))) {
    return ended({ kind: "terminal", reason: "invalid_grant", status });
  }
  if (isTerminal(status, body.text)) return ended({ kind: "terminal", reason: "preset", status });

  if (status === 200) {
    const read = readTokenResponse(body.text);
    return read.kind === "unreadable"
      ? ended({ kind: "ambiguous", reason: read.reason, status })
      : { kind: "answered", members: read.members, sentAtMs: result.sentAtMs };
  }
  if (status === 429 || status === 503) {
    const retryAfterSeconds = parseRetryAfter(headers.get("retry-after"), nowMs);
    return ended({
      kind: "unsent",
      reason: `status_${status}`,
      status,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }
  if (!isClientError) return ended({ kind: "ambiguous", reason: `status_${status}`, status });
  const error = knownErrorCode(parseJsonObject(body.text)?.["error"]);
  const challenge = /\berror\s*=\s*"?invalid_client\b/i.test(headers.get("www-authenticate") ?? "");
  if (error === "invalid_client" || challenge)
    return ended({ kind: "unsent", reason: "invalid_client", status });
  return ended({ kind: "refused", reason: error, status });
}
