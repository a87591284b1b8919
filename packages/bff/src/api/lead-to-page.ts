import { GUARD_HEADER, PROBLEM_STATUS } from "@coatcheck/contract";
import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { withoutBasePath } from "../response/base-path.ts";
import type { BffResponse } from "../response/bff-response.ts";
import type { FinishFacts } from "../response/finish-response.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import { parseReturnPath } from "../return-path.ts";
import { withOutcome } from "../sign-in-outcome.ts";

/**
 * Answers a person who followed a link to an API without a session that may act: back to the page, which offers to sign in.
 *
 * `undefined`: it was a script that asked, or something else is wrong.
 */
export type LeadToPage = (
  problem: ProblemAnswer,
  request: BffRequest,
  facts: FinishFacts,
) => BffResponse | undefined;

export function createLeadToPage({ settings, isPage, finish }: Core): LeadToPage {
  return ({ code }, { headers }, facts) => {
    const isLink = headers.get("sec-fetch-dest") === "document" && !headers.has(GUARD_HEADER);
    if (!isLink || PROBLEM_STATUS[code] !== 401) return undefined;
    // Where the link stood. Without it (a new tab may not say), the start page.
    const from = URL.parse(headers.get("referer") ?? "");
    const rawPath =
      from?.origin === settings.publicOrigin
        ? withoutBasePath(settings.basePath, from.pathname + from.search)
        : undefined;
    const location = withOutcome(parseReturnPath(rawPath, isPage).path, "needed");
    const found = [["location", location] as const, ["cache-control", "no-store"] as const];
    return finish({ status: 303, headers: found, body: null }, "data", facts);
  };
}
