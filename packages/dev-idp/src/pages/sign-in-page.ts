import type { DevIdpUser } from "../options/demo-users.ts";
import { html, raw } from "hono/html";
import { renderPage, type Html, type PageFrame } from "./page.ts";

export interface SignInPage {
  /** Path of the interaction; the form's targets lie below it. */
  readonly path: string;
  readonly users: readonly DevIdpUser[];
  readonly rawUsername?: string;
  /** The last attempt failed. */
  readonly isRefused?: boolean;
}

export function renderSignInPage(frame: PageFrame, page: SignInPage): Html {
  const isKnown = page.rawUsername !== undefined && page.rawUsername !== "";
  const refusal = page.isRefused
    ? html`<p class="bad" role="alert" id="refusal">
        User name and password do not match. Nothing was sent to ${frame.appName}.
      </p>`
    : "";
  const describedBy = page.isRefused ? raw(' aria-describedby="refusal" aria-invalid="true"') : "";
  const people = page.users
    .filter(({ isListed = true }) => isListed)
    .map(
      ({ username, password, claims }) =>
        html`<li><code>${username}</code> for ${claims.name}, password <code>${password}</code></li> `,
    );
  return renderPage(
    frame,
    "Sign in",
    html`<form method="post" action="${page.path}/sign-in" data-page="sign-in">
        <h1>${frame.providerName}</h1>
        <p class="lead">${frame.appName} asks you to sign in.</p>
        ${refusal}
        <label for="username">User name</label>
        <input
          id="username"
          name="username"
          type="text"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          value="${page.rawUsername ?? ""}"
          ${isKnown ? "" : raw(" autofocus")}${describedBy}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required${isKnown ? raw(" autofocus") : ""}${describedBy}
        />
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
