import { PROBLEM_HEADER } from "@coatcheck/contract";
import type { ProblemCode } from "@coatcheck/contract";
import type { BffResponse } from "./bff-response.ts";
import { renderHumanPage } from "./render-human-page.ts";
import type { HumanPageContent } from "./render-human-page.ts";
import type { SiteOptions } from "./security-headers.ts";

/** What a person can be refused by for what the browser sends, and can do something about. */
export type RefusalPage = Extract<ProblemCode, "headers_too_large" | "uri_too_long">;

const PAGES: Readonly<Record<RefusalPage, HumanPageContent>> = {
  headers_too_large: {
    status: 431,
    title: "Too many cookies",
    text: "Your browser sent more cookies than this site takes, some left here by other applications. Clear the cookies of this site in your browser, then try again.",
    links: [{ href: "/", text: "Try again" }],
  },
  uri_too_long: {
    status: 414,
    title: "This address is too long",
    text: "The link that brought you here is longer than this site takes. Go on from the start page.",
    links: [{ href: "/", text: "Go to the start page" }],
  },
};

/** Whether a person gets a page for a problem, where a script gets the problem itself. */
export function hasRefusalPage(code: ProblemCode): code is RefusalPage {
  return code in PAGES;
}

/** The page for a request that is refused before anything else is known of it; exported for the server that serves the SPA. */
export async function renderRefusalPage(
  code: RefusalPage,
  site: SiteOptions,
): Promise<BffResponse & { readonly body: string }> {
  const { headers, ...page } = await renderHumanPage(PAGES[code], site);
  return { ...page, headers: [...headers, ["cache-control", "no-store"], [PROBLEM_HEADER, code]] };
}
