import type { DevIdpUser } from "../demo-users.ts";
import { escapeHtml, renderPage, type PageFrame } from "./page.ts";

export interface SignInPage {
  /** Path of the interaction; the form's targets lie below it. */
  readonly path: string;
  readonly users: readonly DevIdpUser[];
  readonly rawUsername?: string;
  /** The last attempt failed. */
  readonly isRefused?: boolean;
}

export function renderSignInPage(frame: PageFrame, page: SignInPage): string {
  const isKnown = page.rawUsername !== undefined && page.rawUsername !== "";
  const refusal = page.isRefused
    ? `<p class="bad" role="alert" id="refusal">User name and password do not match. Nothing was sent to ${escapeHtml(frame.appName)}.</p>`
    : "";
  const describedBy = page.isRefused ? ' aria-describedby="refusal" aria-invalid="true"' : "";
  const people = page.users
    .map(
      ({ username, password, claims }) =>
        `<li><code>${escapeHtml(username)}</code> for ${escapeHtml(claims.name)}, password <code>${escapeHtml(password)}</code></li>`,
    )
    .join("\n");
  return renderPage(
    frame,
    "Sign in",
    `<form method="post" action="${page.path}/sign-in" data-page="sign-in">
<h1>${escapeHtml(frame.providerName)}</h1>
<p class="lead">${escapeHtml(frame.appName)} asks you to sign in.</p>
${refusal}
<label for="username">User name</label>
<input id="username" name="username" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${escapeHtml(page.rawUsername ?? "")}"${isKnown ? "" : " autofocus"}${describedBy}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${isKnown ? " autofocus" : ""}${describedBy}>
<button class="main" type="submit">Sign in</button>
<button type="submit" formaction="${page.path}/cancel" formnovalidate>Cancel and go back</button>
</form>
<div class="hint">
<p>A provider for development. These people exist:</p>
<ul>
${people}
</ul>
</div>`,
  );
}
