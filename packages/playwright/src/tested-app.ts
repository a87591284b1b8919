import { GUARD_HEADER, GUARD_HEADER_VALUE, sessionViewSchema, type SessionView } from "@coatcheck/contract";
import type { APIRequestContext } from "@playwright/test";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";

/** The app under test, as one browser sees it. */
export interface TestedApp {
  /** Its origin. */
  readonly url: string;
  /** Requests with the browser's cookies, as the page's own scripts make them: with the header that the guard wants. */
  readonly api: APIRequestContext;
  /**
   * @param timing `timeoutMs`: how long an answer may take. Default: as for all requests of the context.
   * @throws {CoatcheckTestError} `app_unreachable`, `no_bff`
   */
  session(timing?: { readonly timeoutMs?: number }): Promise<SessionView>;
}

/** @throws {CoatcheckTestError} `no_base_url` */
export function createTestedApp(baseUrl: string | undefined, request: APIRequestContext): TestedApp {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) {
    throw new CoatcheckTestError(
      "no_base_url",
      'Where does the app run? Set it in playwright.config.ts: use: { baseURL: "http://localhost:3000" }.',
    );
  }
  const { origin } = new URL(baseUrl);
  const api = guardedRequests(request, origin);
  return { url: origin, api, session: ({ timeoutMs } = {}) => readSession(api, origin, timeoutMs) };
}

const CALLS: ReadonlySet<string | symbol> = new Set([
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "head",
  "fetch",
]);

type Call = (url: unknown, options?: { readonly headers?: Record<string, string> }) => unknown;

/** The same request context; what it sends to the app carries what the app's own scripts send. */
export function guardedRequests(request: APIRequestContext, origin: string): APIRequestContext {
  const headers = { [GUARD_HEADER]: GUARD_HEADER_VALUE, "sec-fetch-site": "same-origin", origin };
  return new Proxy(request, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const call = value.bind(target) as Call;
      if (!CALLS.has(name)) return call;
      return (url: unknown, options: Parameters<Call>[1] = {}) =>
        isOfApp(url, origin)
          ? call(url, { ...options, headers: { ...headers, ...options.headers } })
          : call(url, options);
    },
  });
}

function isOfApp(url: unknown, origin: string): boolean {
  const address = typeof url === "string" ? url : (url as { url(): string }).url();
  return new URL(address, origin).origin === origin;
}

async function readSession(
  api: APIRequestContext,
  origin: string,
  timeoutMs: number | undefined,
): Promise<SessionView> {
  const url = `${origin}/bff/session`;
  const timing = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  const answer = await reached(origin, api.get(url, { maxRedirects: 0, ...timing }));
  const isJson = answer.headers()["content-type"]?.includes("json") === true;
  const parsed = answer.ok() && isJson ? sessionViewSchema.safeParse(await answer.json()) : undefined;
  if (parsed?.success) return parsed.data;
  throw noBff(url, answer.status());
}

export function noBff(url: string, status: number): CoatcheckTestError {
  return new CoatcheckTestError(
    "no_bff",
    `${url} answered ${status}, as no Coatcheck BFF does: is baseURL the app's, and does its server (or the proxy of its development server) pass /bff on with the Host header that the browser sent?`,
  );
}

/** @throws {CoatcheckTestError} `app_unreachable` where the request got no answer */
export async function reached<Answer>(origin: string, pending: Promise<Answer>): Promise<Answer> {
  try {
    return await pending;
  } catch (cause) {
    if (
      !(cause instanceof Error) ||
      !/ECONN|ENOTFOUND|EAI_AGAIN|socket hang up|Timeout/i.test(cause.message)
    ) {
      throw cause;
    }
    throw new CoatcheckTestError(
      "app_unreachable",
      `Nothing answers at ${origin}: start the app (webServer in playwright.config.ts does it), or correct baseURL.`,
      { cause },
    );
  }
}
