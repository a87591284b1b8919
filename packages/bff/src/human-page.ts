import type { PlainResponse } from "@coatcheck/proxy";
import { textBody } from "./request/text-body.ts";
import { securityHeaders } from "./security-headers.ts";

/** What a person reads where a navigation fails. No script, no reflected text but the link's own target. */
export interface HumanPage {
  readonly page: "provider_unavailable" | "internal";
  readonly retryHref: string;
}

const RETRY_AFTER_SECONDS = 5;

const WORDS = {
  provider_unavailable: {
    status: 503,
    title: "Sign-in isn't answering",
    text: "The identity provider can't be reached just now. Nothing is lost; this page changes nothing.",
  },
  internal: {
    status: 500,
    title: "Something broke on our side",
    text: "It was written down. If you were signed in, you still are.",
  },
} as const satisfies Record<HumanPage["page"], { status: number; title: string; text: string }>;

const STYLE = `:root{color-scheme:light dark;--ground:light-dark(oklch(.962 .005 160),oklch(.2 .012 165));--ink:light-dark(oklch(.245 .02 165),oklch(.935 .008 160));--ink-2:light-dark(oklch(.46 .018 165),oklch(.755 .014 160));--accent:light-dark(oklch(.41 .075 160),oklch(.765 .078 158));--on-accent:light-dark(oklch(.985 .008 160),oklch(.2 .03 160))}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:400 1.0625rem/1.5 "Familjen Grotesk Variable",ui-sans-serif,system-ui,sans-serif}
main{max-width:28rem;padding:2rem}h1{font-size:1.75rem;line-height:1.15;letter-spacing:-.02em;margin:0 0 .75rem}p{margin:0 0 1.5rem;color:var(--ink-2)}
a{display:inline-flex;align-items:center;min-height:44px;padding:0 1rem;margin-inline-end:.75rem;border-radius:7px;background:var(--accent);color:var(--on-accent);font-weight:600;text-decoration:none}
a.quiet{background:none;color:var(--accent);text-decoration:underline;padding:0}a:focus-visible{outline:2px solid var(--accent);outline-offset:3px}`;

/** Renders the page; its style sheet is allowed by its hash and nothing else is. */
export async function renderHumanPage(page: HumanPage, publicOrigin: string): Promise<PlainResponse> {
  const words = WORDS[page.page];
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title><style>${STYLE}</style></head>
<body><main><h1>${words.title}</h1><p>${words.text}</p>
<a href="${escapeHtml(page.retryHref)}">Try again</a><a class="quiet" href="/">Back to the start</a></main></body></html>
`;
  return {
    status: words.status,
    headers: [
      ["content-type", "text/html; charset=utf-8"],
      ["cache-control", "no-store"],
      ...(words.status === 503 ? [["retry-after", String(RETRY_AFTER_SECONDS)] as const] : []),
      ...securityHeaders("auth", { publicOrigin, styleHash: await hashOf(STYLE) }),
    ],
    body: textBody(html),
  };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

async function hashOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `'sha256-${btoa(String.fromCharCode(...digest))}'`;
}
