import { DEMO_PATHS, type StormCall } from "@coatcheck/contract";
import type { DevIdpUser } from "@coatcheck/dev-idp";
import { createHttpBrowser, type HttpBrowser, type PageRequest } from "../http-browser.ts";

/** How many calls a storm sends at once. */
export const CALLS_AT_ONCE = 20;

const NOTES_CALL: PageRequest = { path: "/api/notes?limit=1" };

/** A browser that is signed in, with an access token for the API that is marked expired. */
export async function openExpired(appUrl: string, { username, password }: DevIdpUser): Promise<HttpBrowser> {
  const browser = createHttpBrowser(appUrl);
  await browser.signIn({ username, password });
  const first = await statusOf(browser);
  if (first !== 200) throw new Error(`The first call after the sign-in answered ${first}.`);
  await read(browser.fetch({ method: "POST", path: DEMO_PATHS.expire, body: {} }));
  return browser;
}

/** Sends a request and says when it began and when its whole answer was there, on the clock that began at `stormAt`. */
export async function timeCall(
  browser: HttpBrowser,
  stormAt: number,
  request: PageRequest = NOTES_CALL,
): Promise<StormCall> {
  const startedMs = performance.now() - stormAt;
  const status = await read(browser.fetch(request));
  return { startedMs, endedMs: performance.now() - stormAt, status };
}

/** Calls the API once. */
export function statusOf(browser: HttpBrowser): Promise<number> {
  return read(browser.fetch(NOTES_CALL));
}

async function read(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
}
