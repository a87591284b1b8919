import { createCookieJar, signInByForm, type CookieJar, type DevIdpUser } from "@coatcheck/dev-idp";
import { sleep } from "./sleep.ts";
import type { RoundRobin } from "./round-robin.ts";
import type { TortureTarget } from "./target.ts";

/** What became of a call. */
export interface CallOutcome {
  /** 0: no answer. */
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  /** Our own BFF's code for what went wrong. */
  readonly problem: string | undefined;
  /** The body; of anything but a success its start, or where it leads. */
  readonly text: string;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** From sending to the last byte. */
  readonly tookMs: number;
}

export interface VisitorCall {
  /** Default `GET`. */
  readonly method?: string;
  /** Default: the target's API. */
  readonly path?: string;
  /** Sent as JSON. */
  readonly json?: object | undefined;
  /** Default: what the jar holds now. */
  readonly cookie?: string;
  readonly signal?: AbortSignal;
}

/** A person with one browser and one session: as many tabs as one likes, one cookie jar. */
export interface Visitor {
  readonly person: DevIdpUser;
  /** When the access token has certainly expired, milliseconds since the epoch; kept by whoever makes the calls. */
  expiredAtMs: number;
  /** One API call of a page; never throws. */
  call(call?: VisitorCall): Promise<CallOutcome>;
  /** The `Cookie` header that a call would carry now. */
  cookie(): string;
  /** Signs in with a new browser. @throws {Error} where the way isn't the one of a successful sign-in */
  signIn(): Promise<void>;
  signOut(): Promise<CallOutcome>;
}

const MAX_REDIRECTS = 5;
/** No page waits longer. */
const ANSWER_WITHIN_MS = 120_000;
const SHOWN_CHARACTERS = 90;

export function createVisitor(
  person: DevIdpUser,
  {
    target,
    origin,
    roundRobin,
  }: { readonly target: TortureTarget; readonly origin: string; readonly roundRobin: RoundRobin },
): Visitor {
  let jar: CookieJar = createCookieJar();

  async function send(
    method: string,
    url: URL,
    headers: Record<string, string>,
    { cookie = jar.headerFor(url), json, signal }: VisitorCall = {},
  ) {
    const answer = await roundRobin.send({
      method,
      target: `${url.pathname}${url.search}`,
      headers: {
        ...headers,
        ...(cookie === "" ? {} : { cookie }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      body: json === undefined ? undefined : JSON.stringify(json),
      signal,
    });
    jar.accept(url, answer.setCookies);
    return answer;
  }

  async function call(options: VisitorCall = {}): Promise<CallOutcome> {
    const { method = "GET", path = target.apiPath } = options;
    const headers = {
      accept: "application/json",
      "sec-fetch-site": "same-origin",
      "sec-fetch-mode": "cors",
      "sec-fetch-dest": "empty",
      ...target.pageHeaders,
      ...(method === "GET" ? {} : { origin }),
    };
    const sentAtMs = Date.now();
    const startedMs = performance.now();
    const times = () => ({ sentAtMs, answeredAtMs: Date.now(), tookMs: performance.now() - startedMs });
    const tooLate = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const signal = options.signal === undefined ? tooLate : AbortSignal.any([options.signal, tooLate]);
    try {
      const answer = await send(method, new URL(path, origin), headers, { ...options, signal });
      const { status, retryAfter, problem, location } = answer;
      const body = await answer.text();
      const retryAfterSeconds = retryAfter === undefined ? undefined : Number(retryAfter);
      const text = status < 300 ? body : shorten(location ?? body);
      return { status, retryAfterSeconds, problem, text, ...times() };
    } catch (error) {
      const text = error instanceof Error ? error.message : "no answer";
      return { status: 0, retryAfterSeconds: undefined, problem: undefined, text, ...times() };
    }
  }

  /** @returns where the last answer leads, outside of the application, or `undefined` at its end */
  async function navigate(start: string, site: "same-origin" | "cross-site"): Promise<string | undefined> {
    let url = new URL(start, origin);
    for (let step = 0; step < MAX_REDIRECTS; step += 1) {
      const answer = await send("GET", url, {
        accept: "text/html",
        "sec-fetch-site": site,
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
      });
      const text = await answer.text();
      if (answer.status >= 400) throw new Error(`${url.pathname}: ${answer.status} ${shorten(text)}`);
      if (answer.location === undefined) return undefined;
      url = new URL(answer.location, url);
      if (url.origin !== origin) return url.href;
      // A page; what it says doesn't matter here.
      if (url.pathname === "/") return undefined;
    }
    throw new Error(`${start} leads on and on.`);
  }

  return {
    person,
    expiredAtMs: 0,
    call,
    cookie: () => jar.headerFor(new URL(target.apiPath, origin)),
    async signIn() {
      jar = createCookieJar();
      const authorizationUrl = await navigate(target.loginPath, "same-origin");
      if (authorizationUrl === undefined) throw new Error("The sign-in doesn't lead to the provider.");
      const { username, password } = person;
      await navigate(await signInByForm({ authorizationUrl, username, password }), "cross-site");
    },
    signOut() {
      if (target.logout === undefined) throw new RangeError(`${target.name} has no sign-out here.`);
      return call(target.logout);
    },
  };
}

/** Calls again and again, as long as `goesOn` says so. @param pauseMs between calls, on average */
export async function keepCalling(
  visitor: Visitor,
  pauseMs: number,
  goesOn: () => boolean,
): Promise<readonly CallOutcome[]> {
  const results: CallOutcome[] = [];
  while (goesOn()) {
    results.push(await visitor.call());
    await sleep(pauseMs * (0.5 + Math.random()));
  }
  return results;
}

function shorten(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, SHOWN_CHARACTERS);
}
