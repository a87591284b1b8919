import { html } from "hono/html";
import { renderPage, type Html, type PageFrame } from "./page.ts";

export interface ProblemPage {
  /** The protocol's error code. */
  readonly error: string;
  readonly description?: string | undefined;
}

export function renderProblemPage(frame: PageFrame, page: ProblemPage): Html {
  const description = page.description === undefined ? "" : html`<p>${page.description}</p>`;
  return renderPage(
    frame,
    "This did not work",
    html`<h1>This did not work</h1>
      <p class="lead">
        Go back to ${frame.appName} and start again from there. What ${frame.providerName} found:
      </p>
      <p><b>${page.error}</b></p>
      ${description}`,
  );
}
