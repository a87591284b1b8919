import { BFF_PATHS } from "@coatcheck/contract";
import type { APIRequestContext } from "@playwright/test";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";
import { noBff, reached } from "./tested-app.ts";

/** What a browser says of a top-level navigation; the BFF lets nothing else begin a sign-in. */
export const NAVIGATION_HEADERS = {
  accept: "text/html",
  "sec-fetch-site": "none",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
} as const;

/**
 * Begins a sign-in, as a click on "Sign in" does.
 *
 * @returns where the browser is sent: the provider's authorization endpoint, with parameters
 * @throws {CoatcheckTestError} `app_unreachable`, `no_bff`, `wrong_origin`, `provider_unreachable`, `rate_limited`
 */
export async function beginSignIn(request: APIRequestContext, appUrl: string): Promise<URL> {
  // Whoever is signed in at the provider already, the form comes up again: a spec says who signs in.
  const url = `${appUrl}${BFF_PATHS.login}?prompt=login`;
  const answer = await reached(appUrl, request.get(url, { maxRedirects: 0, headers: NAVIGATION_HEADERS }));
  const status = answer.status();
  const { location } = answer.headers();
  if (location === undefined) throw await refusal(answer.text(), status, appUrl);
  const target = new URL(location, appUrl);
  const callback = target.searchParams.get("redirect_uri");
  if (callback !== null && new URL(callback).origin !== appUrl) {
    throw new CoatcheckTestError(
      "wrong_origin",
      `baseURL is ${appUrl}, and the app runs for ${new URL(callback).origin}: cookies of one aren't sent to the other. Set baseURL to that, or PUBLIC_ORIGIN to this.`,
    );
  }
  return target;
}

async function refusal(body: Promise<string>, status: number, appUrl: string): Promise<CoatcheckTestError> {
  const text = await body;
  if (status === 429) {
    return new CoatcheckTestError(
      "rate_limited",
      "The app refuses more sign-ins from this address for now (429). Sign in once a worker, and share the session: saveState, then storageState.",
    );
  }
  if (status === 502 || status === 503) {
    return new CoatcheckTestError(
      "provider_unreachable",
      `The app can't reach its provider (${status}): is it running, and is the issuer right? The app's log has the line provider_unavailable.`,
    );
  }
  const isOurs = /"code":"|coatcheck/i.test(text);
  if (status === 400 && isOurs) {
    return new CoatcheckTestError(
      "wrong_origin",
      `The app doesn't answer under ${appUrl}: baseURL must be its PUBLIC_ORIGIN, letter for letter (localhost and 127.0.0.1 are two), and a proxy before it must keep the Host header.`,
    );
  }
  return noBff(`${appUrl}${BFF_PATHS.login}`, status);
}
