import { PROBLEM_HEADER, PROBLEM_STATUS } from "@coatcheck/contract";
import type { AnonymousReason, Problem, ProblemCode } from "@coatcheck/contract";
import type { BffResponse } from "./bff-response.ts";
import { PROBLEM_TABLE } from "./problem-table.ts";

/** A failure on its way out: the code, and what accompanies it. */
export interface ProblemAnswer {
  readonly code: ProblemCode;
  /** With `no_session`. */
  readonly reason?: AnonymousReason;
  /** With the 503 codes. */
  readonly retryAfterSeconds?: number;
  /** With `step_up_required`: what the API asks for (RFC 9470). */
  readonly acrValues?: string;
  readonly maxAgeSeconds?: number;
  /** With `insufficient_scope`: what is missing, space separated. */
  readonly scope?: string;
  /** With `method_not_allowed`. */
  readonly allow?: readonly string[];
  /** Replaces the table's detail; a fixed sentence, never text of a request or of somebody else's answer. */
  readonly detail?: string;
}

/**
 * Renders a failure; every failure of the BFF leaves through here.
 *
 * @see RFC 9457
 */
export function renderProblem(answer: ProblemAnswer, requestId: string): BffResponse {
  const entry: { readonly title: string; readonly detail?: string } = PROBLEM_TABLE[answer.code];
  const status = PROBLEM_STATUS[answer.code];
  // JSON leaves out what is `undefined`.
  const problem: { [Member in keyof Problem]: Problem[Member] | undefined } = {
    type: `urn:coatcheck:problem:${answer.code}`,
    title: entry.title,
    status,
    code: answer.code,
    detail: answer.detail ?? entry.detail,
    reason: answer.reason,
    retryAfterSeconds: answer.retryAfterSeconds,
    acrValues: answer.acrValues,
    maxAgeSeconds: answer.maxAgeSeconds,
    scope: answer.scope,
    requestId,
  };
  const headers: [string, string][] = [
    ["content-type", "application/problem+json"],
    ["cache-control", "no-store"],
    [PROBLEM_HEADER, answer.code],
  ];
  if (answer.retryAfterSeconds !== undefined) {
    headers.push(["retry-after", String(Math.max(1, Math.ceil(answer.retryAfterSeconds)))]);
  }
  if (answer.allow !== undefined) headers.push(["allow", answer.allow.join(", ")]);
  return { status, headers, body: JSON.stringify(problem) };
}
