import { escapeHtml, renderPage, type PageFrame } from "./page.ts";

/** @param form oidc-provider's own form, trusted HTML, whose id is `op.logoutForm` */
export function renderSignOutPage(frame: PageFrame, form: string): string {
  const providerName = escapeHtml(frame.providerName);
  return renderPage(
    frame,
    "Sign out",
    `<h1>Sign out of ${providerName}?</h1>
<p class="lead">Applications that you opened with ${providerName} in this browser can not renew their access afterwards.</p>
${form}
<button class="main" type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function renderSignedOutPage(frame: PageFrame): string {
  return renderPage(
    frame,
    "Signed out",
    `<h1>Signed out</h1>
<p class="lead">${escapeHtml(frame.providerName)} no longer knows you in this browser.</p>`,
  );
}
