import { createCookieJar, type CookieJar } from "./cookie-jar.ts";
import { DevIdpError } from "../dev-idp-error.ts";

export interface SignInByFormRequest {
  /** Where the application sends the browser, complete with parameters. */
  readonly authorizationUrl: string;
  readonly username: string;
  readonly password: string;
  /** Keeps the provider's session for the next sign-in. Default: a new one. */
  readonly cookieJar?: CookieJar;
  readonly fetch?: typeof fetch;
}

export interface SignOutByFormRequest {
  readonly endSessionUrl: string;
  /** The one that the sign-in filled. */
  readonly cookieJar: CookieJar;
  readonly fetch?: typeof fetch;
}

interface PageForm {
  readonly page: string | undefined;
  readonly action: string;
  readonly fields: ReadonlyMap<string, string>;
}

const MAX_STEPS = 12;

/**
 * Signs in at a development identity provider without a browser: fills in its form, and allows what is asked for.
 *
 * @returns the URL of the callback, with `code` or `error`; it isn't requested
 * @throws {DevIdpError} `sign_in_refused`: wrong password, or pages that lead nowhere
 */
export async function signInByForm(request: SignInByFormRequest): Promise<string> {
  let attempts = 0;
  return walk(
    request.authorizationUrl,
    request.cookieJar ?? createCookieJar(),
    request.fetch ?? fetch,
    (form) => {
      if (form.page !== "sign-in") return {};
      attempts += 1;
      if (attempts > 1) {
        throw new DevIdpError("sign_in_refused", `${request.username} could not sign in with this password.`);
      }
      return { username: request.username, password: request.password };
    },
  );
}

/**
 * Confirms a sign-out at a development identity provider without a browser.
 *
 * @returns the post-logout URL of the application; it isn't requested
 * @throws {DevIdpError} `sign_in_refused`: the pages lead nowhere
 */
export async function signOutByForm(request: SignOutByFormRequest): Promise<string> {
  return walk(request.endSessionUrl, request.cookieJar, request.fetch ?? fetch, (form) =>
    form.fields.has("xsrf") ? { logout: "yes" } : {},
  );
}

/** Follows redirects and sends forms until a redirect leaves the origin where it began. */
async function walk(
  start: string,
  jar: CookieJar,
  fetchPage: typeof fetch,
  fill: (form: PageForm) => Readonly<Record<string, string>>,
): Promise<string> {
  const { origin } = new URL(start);
  let url = new URL(start);
  let body: URLSearchParams | undefined;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const response = await fetchPage(url, {
      redirect: "manual",
      headers: { accept: "text/html", cookie: jar.headerFor(url) },
      ...(body === undefined ? {} : { method: "POST", body }),
    });
    jar.accept(url, response.headers.getSetCookie());
    const html = await response.text();
    const location = response.headers.get("location");
    if (location !== null) {
      url = new URL(location, url);
      body = undefined;
      if (url.origin !== origin) return url.href;
      continue;
    }
    const form = readForm(html);
    if (form === undefined) {
      throw new DevIdpError("sign_in_refused", `${url.pathname} answered ${response.status} without a form.`);
    }
    body = new URLSearchParams({ ...Object.fromEntries(form.fields), ...fill(form) });
    url = new URL(form.action, url);
  }
  throw new DevIdpError("sign_in_refused", `After ${MAX_STEPS} steps the pages still lead on.`);
}

function readForm(html: string): PageForm | undefined {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html);
  if (form === null) return undefined;
  const attributes = readAttributes(form[1] ?? "");
  const action = attributes.get("action");
  if (action === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const [, rawAttributes = ""] of (form[2] ?? "").matchAll(/<input\b([^>]*)>/gi)) {
    const input = readAttributes(rawAttributes);
    const name = input.get("name");
    if (name !== undefined) fields.set(name, input.get("value") ?? "");
  }
  return { page: attributes.get("data-page"), action, fields };
}

function readAttributes(rawAttributes: string): Map<string, string> {
  return new Map(
    [...rawAttributes.matchAll(/([a-z-]+)="([^"]*)"/gi)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      value.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'"),
    ]),
  );
}
