import type { Context } from "hono";
import { html, raw } from "hono/html";
import { stringToUint8Array, uint8ArrayToBase64 } from "uint8array-extras";
import { withBasePath } from "../response/base-path.ts";
import { securityHeaders } from "../response/security-headers.ts";
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

const STYLE = `:root{color-scheme:light dark;--ground:light-dark(oklch(.962 .005 160),oklch(.2 .012 165));--ink:light-dark(oklch(.245 .02 165),oklch(.935 .008 160));--ink-2:light-dark(oklch(.46 .018 165),oklch(.755 .014 160));--accent:light-dark(oklch(.41 .075 160),oklch(.765 .078 158));--on-accent:light-dark(oklch(.985 .008 160),oklch(.2 .03 160))}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:400 1.0625rem/1.5 "Familjen Grotesk Variable",ui-sans-serif,system-ui,sans-serif}
main{max-width:28rem;padding:2rem}h1{font-size:1.75rem;line-height:1.15;letter-spacing:-.02em;margin:0 0 .75rem}p{margin:0 0 1.5rem;color:var(--ink-2)}
a{display:inline-flex;align-items:center;min-height:44px;padding:0 1rem;margin:0 .75rem .75rem 0;border-radius:7px;background:var(--accent);color:var(--on-accent);font-weight:600;text-decoration:none}
a.quiet{background:none;color:var(--accent);text-decoration:underline;padding:0}a:focus-visible{outline:2px solid var(--accent);outline-offset:3px}`;

/** A link of a page: the first ones are buttons, a quiet one is not. */
export interface PageLink {
  /** A path on our origin. */
  readonly href: string;
  readonly text: string;
  readonly isQuiet?: true;
}

export interface HumanPageContent {
  readonly status: 200 | 400 | 429 | 500 | 503;
  readonly title: string;
  readonly text: string;
  readonly links: readonly PageLink[];
}

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

export const BACK_TO_START: PageLink = { href: "/", text: "Back to the start", isQuiet: true };

/** Answers with a page of ours; its style sheet is allowed by its hash and nothing else is. */
export async function answerPage(
  c: Context,
  { status, title, text, links }: HumanPageContent,
  site: SiteOptions,
): Promise<Response> {
  for (const [name, value] of securityHeaders("auth", { ...site, styleHash: await hashOf(STYLE) }))
    c.header(name, value);
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title}</title>
          ${raw(`<style>${STYLE}</style>`)}
        </head>
        <body>
          <main>
            <h1>${title}</h1>
            <p>${text}</p>
            ${links.map(({ href, text: label, isQuiet }) => {
              const place = withBasePath(site.basePath ?? "", href);
              return html`<a class="${isQuiet ? "quiet" : ""}" href="${place}">${label}</a>`;
            })}
          </main>
        </body>
      </html>`,
    status,
  );
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", stringToUint8Array(text));
  return `'sha256-${uint8ArrayToBase64(new Uint8Array(digest))}'`;
}
