import { CoatcheckError, type CoatcheckErrorCode } from "@coatcheck/client";
import type { ExperimentResult } from "./experiment.ts";

const MEANING: Partial<Record<CoatcheckErrorCode, string>> = {
  network: "The counter can't be reached.",
  no_session: "Nobody is signed in any more.",
  stale_cookie: "This cookie is from before the last refresh, and too old.",
  user_changed: "Somebody else is signed in here now.",
  unknown_route: "This server doesn't offer it.",
  provider_error: "The provider answered with an error.",
  provider_unavailable: "The provider is not answering.",
  refresh_unavailable: "The token could not be renewed just now; the session stays.",
  ledger_unavailable: "The ledger is not answering; the session stays.",
  upstream_failed: "The API could not be reached.",
  upstream_timeout: "The API did not answer in time.",
};

/** What an experiment that failed shows: status and code as a developer reads them, then what they mean. */
export function describeFailure(error: unknown, ms: number): ExperimentResult {
  if (!(error instanceof CoatcheckError)) {
    return {
      tone: "failed",
      fact: "No result",
      rest: ` after ${ms} ms.`,
      detail: "The answer could not be read.",
    };
  }
  const meaning = MEANING[error.code] ?? "";
  const wait =
    error.retryAfterSeconds === undefined ? "" : ` Next try in ${error.retryAfterSeconds} s at the earliest.`;
  return {
    tone: "failed",
    fact: error.status === undefined ? "No answer" : `${error.status} ${error.code}`,
    rest: ` after ${ms} ms. ${meaning}`.trimEnd(),
    ...(wait === "" ? {} : { detail: wait.trim() }),
  };
}
