import { createHash } from "node:crypto";
import { html, raw } from "hono/html";

/** What all pages of this provider have in common. */
export interface PageFrame {
  /** The application's name. */
  readonly appName: string;
  /** This provider's name. */
  readonly providerName: string;
  /** Host and port, as the address bar shows them. */
  readonly address: string;
}

/** HTML in which everything that was put in is escaped; awaited before it is written. */
export type Html = ReturnType<typeof html>;

const STYLE = `:root{color-scheme:light dark;--act:light-dark(oklch(.42 .10 262),oklch(.76 .10 262));--ground:light-dark(oklch(.965 .008 262),oklch(.20 .015 262));--ink:light-dark(oklch(.25 .02 262),oklch(.93 .01 262));--ink-2:light-dark(oklch(.47 .02 262),oklch(.76 .015 262));--edge:light-dark(oklch(.58 .02 262),oklch(.60 .02 262));--line:light-dark(oklch(.82 .012 262),oklch(.38 .018 262));--sheet:light-dark(#fff,oklch(.25 .018 262));--bad:light-dark(oklch(.48 .15 25),oklch(.80 .10 25))}
*{box-sizing:border-box}
body{margin:0;min-block-size:100vh;background:var(--ground);color:var(--ink);font:1rem/1.5 ui-sans-serif,system-ui,"Segoe UI","DejaVu Sans",sans-serif;padding-block-end:3rem}
.where{background:var(--sheet);border-block-end:1px solid var(--line);padding:.875rem clamp(1rem,4vw,2rem);display:flex;flex-wrap:wrap;gap:.125rem .875rem;font-size:.875rem;margin:0}
.where span{color:var(--ink-2)}
.sheet{inline-size:min(25rem,100% - 2rem);margin:clamp(1.5rem,8vh,4rem) auto 0;background:var(--sheet);border:1px solid var(--line);padding:clamp(1.25rem,5vw,2rem)}
h2{font-size:1rem;color:var(--ink);margin:0 0 .25rem}
h1{font-size:1.375rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 .375rem}
p{margin:0 0 .75rem}
.lead,.hint{color:var(--ink-2);font-size:.875rem}
.lead{margin-block-end:1.25rem}
label{display:block;font-weight:600;font-size:.875rem;margin-block:.875rem .3125rem}
input:not([type=hidden]){display:block;inline-size:100%;min-block-size:2.75rem;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--sheet);border:1px solid var(--edge);border-radius:0}
button{display:block;inline-size:100%;min-block-size:2.75rem;margin-block-start:.5rem;border:0;border-radius:0;background:none;color:var(--act);font:inherit;font-weight:600;cursor:pointer}
button.main{margin-block-start:1.375rem;background:var(--act);color:var(--sheet)}
button.main:hover{background:color-mix(in oklch,var(--act) 88%,var(--ink))}
button:not(.main):hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--act);outline-offset:3px}
.bad{color:var(--bad);font-weight:600;font-size:.875rem;border:1px solid currentColor;padding:.625rem .75rem;margin-block:0 .25rem}
ul,dl{margin:0 0 .75rem;padding:0;list-style:none}
li{padding-block:.5rem;border-block-start:1px solid var(--line)}
.hint{border-block-start:1px solid var(--line);margin-block:1.375rem 0;padding-block-start:.875rem}
.hint p{margin-block-end:.25rem}
.hint li{border:0;padding:0}
code,b{font:inherit;font-weight:600;color:var(--ink)}
@media (forced-colors:active){button.main,.sheet{border:1px solid}}`;

// In one piece: a formatter's white space between the tags would change the hash.
const STYLE_ELEMENT = raw(`<style>${STYLE}</style>`);
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/**
 * The content policy of all pages: no script, one style sheet known by its hash, forms that lead here or to the clients.
 *
 * Browsers apply `form-action` to the redirects after a form was sent: without the clients' origins sign-in dies silently.
 * `script-src` stands empty, so that oidc-provider can add the hash of its own form that submits itself.
 */
export function contentSecurityPolicy(clientOrigins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src",
    `style-src 'sha256-${STYLE_HASH}'`,
    "img-src data:",
    `form-action ${["'self'", ...clientOrigins].join(" ")}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export function renderPage(frame: PageFrame, title: string, main: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${frame.providerName}</title>
        <link rel="icon" href="data:," />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <p class="where">
          <b>${frame.address}</b>
          <span>This is another site. ${frame.appName} does not see what you type here.</span>
        </p>
        <main class="sheet">${main}</main>
      </body>
    </html> `;
}
