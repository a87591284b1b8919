import type { Parts } from "../parts.ts";
import { problem } from "../request/answer.ts";
import type { Answer } from "../request/answer.ts";

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

/** Writes it down, and says it to the page without the provider's own words. */
export function answerProviderTrouble(trouble: ProviderTrouble, log: Parts["log"]): Answer {
  const { kind, requestId, during, reason, detail } = trouble;
  if (kind === "unavailable") {
    log({ level: "warn", event: "provider_unavailable", requestId, during, reason });
    return problem({ code: "provider_unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  log({ level: "warn", event: "provider_refused", requestId, during, reason });
  return problem({ code: "provider_error", ...(detail === undefined ? {} : { detail }) });
}
