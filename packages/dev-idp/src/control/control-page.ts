import type { IncomingMessage, ServerResponse } from "node:http";
import { contentSecurityPolicy, type PageFrame } from "../pages/page.ts";
import { renderSwitchesPage } from "../pages/switches-page.ts";
import type { People } from "../people.ts";
import { readRequestBody } from "../request-body.ts";
import type { TokenLifetimes } from "../token-lifetimes.ts";
import { BadControlCall, type ControlCalls } from "./control-calls.ts";
import type { Counters } from "./counters.ts";
import type { FaultBoard } from "./fault-board.ts";
import { controlPageRefusal } from "./loopback-guard.ts";
import { findSwitch } from "./person-switches.ts";

export interface ControlPageParts {
  readonly control: ControlCalls;
  readonly people: People;
  readonly faults: FaultBoard;
  readonly counters: Counters;
  readonly lifetimes: TokenLifetimes;
  readonly frame: PageFrame;
}

const MAX_FORM_BYTES = 4 * 1024;

/** Answers `/`: a page on which a developer breaks this provider for one person. */
export function createControlPage(
  parts: ControlPageParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { control, people, faults, counters, lifetimes, frame } = parts;

  function answer(response: ServerResponse, status: number, body: string, type = "text/plain"): void {
    response.writeHead(status, {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": contentSecurityPolicy([]),
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
    response.end(body);
  }

  async function flip(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readRequestBody(request, MAX_FORM_BYTES);
    const form = new URLSearchParams(body?.toString("utf8") ?? "");
    const user = form.get("user") ?? "";
    const found = findSwitch(form.get("switch") ?? "");
    if (found === undefined) return answer(response, 400, "There is no such switch.\n");
    const wanted = found.callFor(user);
    try {
      await control(wanted.call, wanted.body, wanted.query);
    } catch (error) {
      if (!(error instanceof BadControlCall)) throw error;
      return answer(response, 400, `${error.message}\n`);
    }
    response.writeHead(303, { location: `/#${encodeURIComponent(user)}` }).end();
  }

  return async (request, response) => {
    const refusal = controlPageRefusal(request);
    if (refusal !== undefined) return answer(response, 403, `${refusal}\n`);
    if (request.method === "POST") return flip(request, response);
    const rows = people.list().map((person) => ({
      person,
      faults: faults.list().filter(({ fault }) => fault.user === person.sub),
      counters: counters.read(person.sub),
      accessTokenSeconds: lifetimes.secondsFor(person.sub),
    }));
    const everybodys = faults.list().filter(({ fault }) => fault.user === undefined);
    answer(response, 200, String(await renderSwitchesPage(frame, rows, everybodys)), "text/html");
  };
}
