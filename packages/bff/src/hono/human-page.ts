import type { Context } from "hono";
import { BACK_TO_START, renderHumanPage } from "../response/render-human-page.ts";
import type { HumanPageContent } from "../response/render-human-page.ts";
import type { SiteOptions } from "../response/security-headers.ts";

/** What a person reads where a navigation fails. No script, no reflected text but the link's own target. */
export type HumanPage = "provider_unavailable" | "provider_unusable" | "rate_limited" | "internal";

const RETRY_AFTER_SECONDS = 5;

const WORDS = {
  provider_unavailable: {
    status: 503,
    title: "Sign-in isn't answering",
    text: "The identity provider can't be reached just now. Nothing is lost; this page changes nothing.",
  },
  provider_unusable: {
    status: 503,
    title: "Sign-in isn't set up right",
    text: "This application and the identity provider don't fit together yet. Whoever runs it finds in its log what to change.",
  },
  rate_limited: {
    status: 429,
    title: "Too many sign-ins from here",
    text: "Somebody at your address has begun very many sign-ins. Nothing is lost; it goes on in a moment.",
  },
  internal: {
    status: 500,
    title: "Something broke on our side",
    text: "It was written down. If you were signed in, you still are.",
  },
} as const satisfies Record<HumanPage, { status: number; title: string; text: string }>;

/**
 * Answers with the page for something that went wrong.
 *
 * @param retryHref a path on our origin.
 */
export async function answerHumanPage(
  c: Context,
  page: HumanPage,
  retryHref: string,
  site: SiteOptions,
  retryAfterSeconds = RETRY_AFTER_SECONDS,
): Promise<Response> {
  const { status, title, text } = WORDS[page];
  if (status !== 500) c.header("retry-after", String(retryAfterSeconds));
  const links = [{ href: retryHref, text: "Try again" }, BACK_TO_START];
  return answerPage(c, { status, title, text, links }, site);
}

/** Answers with a page of ours. */
export async function answerPage(
  c: Context,
  content: HumanPageContent,
  site: SiteOptions,
): Promise<Response> {
  const { headers, body } = await renderHumanPage(content, site);
  for (const [name, value] of headers) c.header(name, value);
  return c.body(body, content.status);
}
