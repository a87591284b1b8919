import { html } from "hono/html";
import { renderPage, type Html, type PageFrame } from "./page.ts";

export interface ConsentPage {
  readonly path: string;
  /** Who is signed in here. */
  readonly personName: string;
  readonly scopes: readonly string[];
}

const SCOPE_SENTENCES: ReadonlyMap<string, string> = new Map([
  ["openid", "Know that it is you"],
  ["profile", "Read your name"],
  ["email", "Read your e-mail address"],
  ["offline_access", "Keep access while you are away"],
  ["notes:read", "Read your notes"],
  ["notes:write", "Change your notes"],
]);

export function renderConsentPage(frame: PageFrame, page: ConsentPage): Html {
  const items = page.scopes.map((scope) => html`<li>${SCOPE_SENTENCES.get(scope) ?? scope}</li> `);
  return renderPage(
    frame,
    "Allow access",
    html`<form method="post" action="${page.path}/consent" data-page="consent">
      <h1>Allow ${frame.appName}?</h1>
      <p class="lead">You are ${page.personName} here. ${frame.appName} asks to:</p>
      <ul>
        ${items}
      </ul>
      <button class="main" type="submit" autofocus>Allow</button>
      <button type="submit" formaction="${page.path}/cancel">Cancel and go back</button>
    </form>`,
  );
}
