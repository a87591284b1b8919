import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { BFF_PATHS, GUARD_HEADER, GUARD_HEADER_VALUE } from "@coatcheck/contract";
import { createCookieJar, signInByForm, type CookieJar } from "@coatcheck/dev-idp";

/** What a page's script sends: a path of its own origin. */
export interface PageRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A browser as far as HTTP goes: one cookie jar for all its tabs, and the headers that browsers add. */
export interface HttpBrowser {
  readonly jar: CookieJar;
  /** A `fetch` as the page's own script makes it, cookies taken when it is sent and kept when headers arrive. */
  fetch(request: PageRequest): Promise<Response>;
  /** A top-level navigation; redirects are not followed. */
  navigate(url: string, site?: "same-origin" | "cross-site" | "none"): Promise<Response>;
  /**
   * Signs in at the development identity provider, without a screen.
   *
   * @throws {Error} where the way there or back isn't the one of a successful sign-in
   */
  signIn(credentials: { readonly username: string; readonly password: string }): Promise<void>;
}

export function createHttpBrowser(appUrl: string): HttpBrowser {
  const jar = createCookieJar();
  const idpJar = createCookieJar();

  const agent = new Agent({ keepAlive: true });

  async function send(
    url: URL,
    message: Message,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const cookie = jar.headerFor(url);
    const all = { ...headers, ...(cookie === "" ? {} : { cookie }) };
    const response = toResponse(await exchange(url, message, all, agent));
    jar.accept(url, response.headers.getSetCookie());
    return response;
  }

  const navigate: HttpBrowser["navigate"] = (url, site = "none") =>
    send(
      new URL(url, appUrl),
      { method: "GET" },
      {
        accept: "text/html",
        "sec-fetch-site": site,
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
        "sec-fetch-user": "?1",
      },
    );

  return {
    jar,
    navigate,
    fetch: ({ method = "GET", path, body, signal }) =>
      send(
        new URL(path, appUrl),
        { method, body: body === undefined ? undefined : JSON.stringify(body), signal },
        {
          [GUARD_HEADER]: GUARD_HEADER_VALUE,
          accept: "application/json",
          "sec-fetch-site": "same-origin",
          "sec-fetch-mode": "cors",
          "sec-fetch-dest": "empty",
          ...(method === "GET" ? {} : { origin: appUrl }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
      ),
    async signIn(credentials) {
      const begun = await navigate(BFF_PATHS.login, "same-origin");
      const authorizationUrl = begun.headers.get("location");
      if (authorizationUrl === null)
        throw new Error(`Sign-in began with ${begun.status}, not with a redirect.`);
      const callbackUrl = await signInByForm({ authorizationUrl, ...credentials, cookieJar: idpJar });
      const ended = await navigate(callbackUrl, "cross-site");
      if (ended.status !== 303) throw new Error(`The callback answered ${ended.status}, not 303.`);
    },
  };
}

interface Message {
  readonly method: string;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Over `node:http`: the global `fetch` writes Fetch Metadata of its own. Follows no redirect. */
async function exchange(
  url: URL,
  message: Message,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
): Promise<IncomingMessage> {
  const { method, body, signal } = message;
  const request = httpRequest(url, { method, headers, agent, signal });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
  request.end(body);
  try {
    return await answered;
  } catch (error) {
    // As browsers do: the server closed an idle connection just as it was taken for this request.
    const wasClosed = (error as NodeJS.ErrnoException).code === "ECONNRESET" && request.reusedSocket;
    if (wasClosed) return exchange(url, message, headers, agent);
    throw error;
  }
}

function toResponse(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? "", incoming.rawHeaders[index + 1] ?? "");
  }
  const status = incoming.statusCode ?? 500;
  if (status === 204 || status === 304) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream, { status, headers });
}
