import { createCookieJar, signInByForm, type CookieJar, type DevIdpUser } from "@coatcheck/dev-idp";
import type { RoundRobin } from "./round-robin.ts";
import type { Target } from "./target.ts";

/** What became of a call. */
export interface CallResult {
  /** 0: no answer. */
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  /** Our own BFF's word for what went wrong. */
  readonly problem: string | undefined;
  /** What it said, if it wasn't 200; the start of it. */
  readonly words: string;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** From sending to the last byte. */
  readonly tookMs: number;
}

export interface CallOptions {
  readonly path?: string;
  readonly cookie?: string;
  readonly signal?: AbortSignal;
}

/** A person with one browser and one session: as many tabs as one likes, one cookie jar. */
export interface Visitor {
  readonly person: DevIdpUser;
  /** One API call of a page; never throws. `cookie` overrides what the jar holds now, `path` the target's API. */
  call(options?: CallOptions): Promise<CallResult>;
  /** The `Cookie` header that a call would carry now. */
  cookie(): string;
  /** Signs in with a new browser. @throws {Error} where the way isn't the one of a successful sign-in */
  signIn(): Promise<void>;
  signOut(): Promise<CallResult>;
}

export interface VisitorParts {
  readonly target: Target;
  readonly origin: string;
  readonly roundRobin: RoundRobin;
}

const MAX_REDIRECTS = 5;
const SHOWN_CHARACTERS = 90;

export function createVisitor(person: DevIdpUser, { target, origin, roundRobin }: VisitorParts): Visitor {
  let jar: CookieJar = createCookieJar();

  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    { body, signal }: { readonly body?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ) {
    const url = new URL(path, origin);
    const address = `${url.pathname}${url.search}`;
    const answer = await roundRobin.send({ method, target: address, headers, body, signal });
    jar.accept(url, answer.setCookies);
    return answer;
  }

  function cookieFor(path: string): string {
    return jar.headerFor(new URL(path, origin));
  }

  async function callPath(
    method: string,
    path: string,
    options: CallOptions & { readonly json?: string } = {},
  ): Promise<CallResult> {
    const cookie = options.cookie ?? cookieFor(path);
    const headers = {
      accept: "application/json",
      "sec-fetch-site": "same-origin",
      "sec-fetch-mode": "cors",
      "sec-fetch-dest": "empty",
      ...target.pageHeaders,
      ...(method === "GET" ? {} : { origin }),
      ...(cookie === "" ? {} : { cookie }),
      ...(options.json === undefined ? {} : { "content-type": "application/json" }),
    };
    const sentAtMs = Date.now();
    const startedMs = performance.now();
    const times = () => ({ sentAtMs, answeredAtMs: Date.now(), tookMs: performance.now() - startedMs });
    try {
      const answer = await send(method, path, headers, { body: options.json, signal: options.signal });
      const text = await answer.text();
      return {
        status: answer.status,
        retryAfterSeconds: answer.retryAfter === undefined ? undefined : Number(answer.retryAfter),
        problem: answer.problem,
        words:
          answer.status === 200
            ? ""
            : (answer.location ?? text).replaceAll(/\s+/g, " ").slice(0, SHOWN_CHARACTERS),
        ...times(),
      };
    } catch (error) {
      const words = error instanceof Error ? error.message : "no answer";
      return { status: 0, retryAfterSeconds: undefined, problem: undefined, words, ...times() };
    }
  }

  /** @returns where the last answer leads, outside of the application, or `undefined` at its end */
  async function navigate(start: string, site: "same-origin" | "cross-site"): Promise<string | undefined> {
    let url = new URL(start, origin);
    for (let step = 0; step < MAX_REDIRECTS; step += 1) {
      const cookie = jar.headerFor(url);
      const answer = await send("GET", `${url.pathname}${url.search}`, {
        accept: "text/html",
        "sec-fetch-site": site,
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
        ...(cookie === "" ? {} : { cookie }),
      });
      const text = await answer.text();
      if (answer.status >= 400) throw new Error(`${url.pathname}: ${answer.status} ${text.slice(0, 200)}`);
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
    call: (options) => callPath("GET", options?.path ?? target.apiPath, options),
    cookie: () => cookieFor(target.apiPath),
    async signIn() {
      jar = createCookieJar();
      const authorizationUrl = await navigate(target.loginPath, "same-origin");
      if (authorizationUrl === undefined) throw new Error("The sign-in doesn't lead to the provider.");
      const { username, password } = person;
      const callbackUrl = await signInByForm({ authorizationUrl, username, password });
      await navigate(callbackUrl, "cross-site");
    },
    signOut() {
      if (target.logout === undefined) throw new Error(`${target.name} can't be signed out of here.`);
      const { method, path, json } = target.logout;
      return callPath(method, path, json === undefined ? {} : { json });
    },
  };
}
