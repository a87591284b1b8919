import { logProviderUnavailable } from "../observe/log-lines.ts";
import type { Parts } from "../parts.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";

/** Why the provider gave no answer that a page could be given: it can't be reached, or it said no. */
export interface ProviderTrouble {
  readonly kind: "unavailable" | "refused";
  /** For the log. */
  readonly reason: string;
  readonly requestId: string;
  /** Which route asked. */
  readonly during: string;
  /** For the page, of a refusal. */
  readonly detail?: string;
}

const RETRY_AFTER_SECONDS = 5;

/** Writes it down. @returns what the page is told, without the provider's own words */
export function noteProviderTrouble(trouble: ProviderTrouble, log: Parts["log"]): ProblemAnswer {
  const { kind, requestId, during, reason, detail } = trouble;
  if (kind === "unavailable") {
    logProviderUnavailable(log, { requestId, during, reason });
    return { code: "provider_unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS };
  }
  log({ level: "warn", event: "provider_refused", requestId, during, reason });
  return { code: "provider_error", ...(detail === undefined ? {} : { detail }) };
}
