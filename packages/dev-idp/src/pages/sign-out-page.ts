import { html, raw } from "hono/html";
import { renderPage, type Html, type PageFrame } from "./page.ts";

/** @param form oidc-provider's own form, trusted HTML, whose id is `op.logoutForm` */
export function renderSignOutPage(frame: PageFrame, form: string): Html {
  return renderPage(
    frame,
    "Sign out",
    html`<h1>Sign out of ${frame.providerName}?</h1>
      <p class="lead">
        Applications that you opened with ${frame.providerName} in this browser can not renew their access
        afterwards.
      </p>
      ${raw(form)}
      <button class="main" type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>
        Sign out
      </button>
      <button type="submit" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function renderSignedOutPage(frame: PageFrame): Html {
  return renderPage(
    frame,
    "Signed out",
    html`<h1>Signed out</h1>
      <p class="lead">${frame.providerName} no longer knows you in this browser.</p>`,
  );
}
