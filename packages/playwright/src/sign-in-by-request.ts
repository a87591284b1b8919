import { SIGN_IN_PARAMETER } from "@coatcheck/contract";
import { DevIdpError, signInByForm, type CookieJar } from "@coatcheck/dev-idp";
import type { APIRequestContext } from "@playwright/test";
import { beginSignIn, NAVIGATION_HEADERS } from "./begin-sign-in.ts";
import type { Credentials } from "./coatcheck-options.ts";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";
import { reached } from "./tested-app.ts";

/** The request context keeps the cookies itself. */
const NO_JAR: CookieJar = { headerFor: () => "", accept: () => undefined };

/**
 * Signs in at the development provider without a page: the same requests, and the same cookies in the browser afterwards, those of
 * the provider included.
 *
 * @param request the browser's (`context.request`)
 * @throws {CoatcheckTestError} `sign_in_failed`, and what `beginSignIn` throws
 */
export async function signInByRequest(
  request: APIRequestContext,
  appUrl: string,
  credentials: Credentials,
): Promise<void> {
  const authorizationUrl = (await beginSignIn(request, appUrl)).href;
  let callbackUrl: string;
  try {
    callbackUrl = await signInByForm({
      authorizationUrl,
      ...credentials,
      cookieJar: NO_JAR,
      fetch: fetchOver(request),
    });
  } catch (cause) {
    if (!(cause instanceof DevIdpError)) throw cause;
    throw new CoatcheckTestError(
      "sign_in_failed",
      `The provider didn't let ${credentials.username} in: ${cause.message}`,
      { cause },
    );
  }
  const ended = await reached(
    appUrl,
    request.get(callbackUrl, { maxRedirects: 0, headers: NAVIGATION_HEADERS }),
  );
  const { location = "/" } = ended.headers();
  const outcome = new URL(location, appUrl).searchParams.get(SIGN_IN_PARAMETER);
  if (ended.status() === 303 && outcome === null) return;
  throw new CoatcheckTestError(
    "sign_in_failed",
    `The app refused the sign-in of ${credentials.username} (${outcome ?? ended.status()}): its log has the line sign_in_failed with the reason.`,
  );
}

function fetchOver(request: APIRequestContext): typeof fetch {
  return async (input, init = {}) => {
    const body = init.body instanceof URLSearchParams ? init.body.toString() : undefined;
    const answer = await request.fetch(new Request(input).url, {
      method: init.method ?? "GET",
      maxRedirects: 0,
      headers: {
        accept: "text/html",
        ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(body === undefined ? {} : { data: body }),
    });
    const headers = new Headers(answer.headersArray().map(({ name, value }) => [name, value]));
    return new Response(await answer.text(), { status: answer.status(), headers });
  };
}
