import { html } from "hono/html";
import type { DevIdpCounters } from "../control/counters.ts";
import type { StandingFault } from "../control/fault-board.ts";
import { PERSON_SWITCHES } from "../control/person-switches.ts";
import type { DevIdpUser } from "../options/demo-users.ts";
import { renderPage, type Html, type PageFrame } from "./page.ts";

export interface PersonRow {
  readonly person: DevIdpUser;
  readonly faults: readonly StandingFault[];
  readonly counters: DevIdpCounters;
  readonly accessTokenSeconds: number;
}

/** Who can sign in, what goes wrong for each, and the switches for it. */
export function renderSwitchesPage(
  frame: PageFrame,
  rows: readonly PersonRow[],
  everybodys: readonly StandingFault[],
): Html {
  const forAll =
    everybodys.length === 0 ? "" : html`<p class="bad">For everybody: ${describe(everybodys)}</p>`;
  return renderPage(
    frame,
    "Fault switches",
    html`<h1>${frame.providerName}</h1>
      <p class="lead">
        A provider for development, for ${frame.appName}. Break it for one person, and see what the
        application does. The same by program: <code>/control</code>.
      </p>
      ${forAll} ${rows.map((row) => renderPerson(row))}`,
  );
}

function renderPerson({ person, faults, counters, accessTokenSeconds }: PersonRow): Html {
  const buttons = PERSON_SWITCHES.map(
    ({ name, label }) => html`<button type="submit" name="switch" value="${name}">${label}</button> `,
  );
  return html`<section class="hint" id="${person.sub}">
    <h2>${person.claims.name}</h2>
    <p>User name <code>${person.username}</code>, password <code>${person.password}</code>.</p>
    <p>
      Now: <b>${faults.length === 0 ? "nothing goes wrong" : describe(faults)}</b>; access tokens live
      ${accessTokenSeconds} s. ${counters.refreshes} refreshes, ${counters.reuseDetected} with a spent token.
    </p>
    <form method="post" action="/">
      <input type="hidden" name="user" value="${person.sub}" />
      ${buttons}
    </form>
  </section>`;
}

function describe(faults: readonly StandingFault[]): string {
  return faults
    .map(({ fault, timesLeft }) => {
      const times = timesLeft === null ? "" : `, ${timesLeft} more`;
      return `${fault.kind} at ${fault.endpoint}${times}`;
    })
    .join("; ");
}
