import { escapeHtml, renderPage, type PageFrame } from "./page.ts";

export interface ProblemPage {
  /** The protocol's error code. */
  readonly error: string;
  readonly description?: string | undefined;
}

export function renderProblemPage(frame: PageFrame, page: ProblemPage): string {
  const description = page.description === undefined ? "" : `<p>${escapeHtml(page.description)}</p>`;
  return renderPage(
    frame,
    "This did not work",
    `<h1>This did not work</h1>
<p class="lead">Go back to ${escapeHtml(frame.appName)} and start again from there. What ${escapeHtml(frame.providerName)} found:</p>
<p><b>${escapeHtml(page.error)}</b></p>
${description}`,
  );
}
