import { html, raw } from "hono/html";
import { stringToUint8Array, uint8ArrayToBase64 } from "uint8array-extras";
import { withBasePath } from "./base-path.ts";
import type { BffResponse } from "./bff-response.ts";
import { securityHeaders } from "./security-headers.ts";
import type { SiteOptions } from "./security-headers.ts";

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
  readonly status: 200 | 400 | 414 | 429 | 431 | 500 | 503;
  readonly title: string;
  readonly text: string;
  readonly links: readonly PageLink[];
}

export const BACK_TO_START: PageLink = { href: "/", text: "Back to the start", isQuiet: true };

/** A page of ours; its style sheet is allowed by its hash and nothing else is. */
export async function renderHumanPage(
  { status, title, text, links }: HumanPageContent,
  site: SiteOptions,
): Promise<BffResponse & { readonly body: string }> {
  const page = await html`<!doctype html>
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
    </html>`;
  const protection = securityHeaders("auth", { ...site, styleHash: await hashOf(STYLE) });
  return {
    status,
    headers: [...protection, ["content-type", "text/html; charset=UTF-8"]],
    body: page.toString(),
  };
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", stringToUint8Array(text));
  return `'sha256-${uint8ArrayToBase64(new Uint8Array(digest))}'`;
}
