import {
  BFF_PATHS,
  logoutResultSchema,
  profileSchema,
  sessionViewSchema,
  tokenFactsSchema,
  type Profile,
  type SessionView,
  type SignedInView,
  type TokenFacts,
} from "@coatcheck/contract";
import { createActivityReporter } from "./activity-reporter.ts";
import { createApiFetch } from "./api-fetch.ts";
import { createBffCall } from "./bff-call.ts";
import { CoatcheckError, type CoatcheckErrorCode } from "./coatcheck-error.ts";
import { browserPage, type Page } from "./page.ts";
import { createSessionBrain } from "./session-brain.ts";
import { createSessionStore, isSignedIn, type PersonChange, type SessionState } from "./session-store.ts";
import { createSignIn } from "./sign-in.ts";
import { createTabChannel } from "./tab-channel.ts";

export interface ClientOptions {
  /** Where the BFF is, on the page's own origin. Default `""`: at the root. */
  baseUrl?: string;
  fetch?: typeof fetch;
  /** Name of the BroadcastChannel and of the Web Lock. Default `coatcheck`. */
  channelName?: string;
  /** Leaves the page. Default `location.assign`. */
  navigate?: (url: string) => void;
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
  /** Deadline of the client's own calls (not of `apiFetch`). Default 20,000. */
  timeoutMs?: number;
  /** Default: `window`, where there is one. */
  page?: Page;
}

export interface LoginOptions {
  returnTo?: string;
  prompt?: "login" | "select_account";
}

/** The browser half of Coatcheck: one a page. */
export interface CoatcheckClient {
  session: {
    get: () => SessionState;
    subscribe: (listener: () => void) => () => void;
    /** Asks the server now; never rejects; concurrent callers share one request. */
    check: () => Promise<SessionState>;
  };
  /** Hears when the page belongs to somebody else or, after a sign-out, to nobody: drop what was cached. */
  onPersonChange: (listener: (change: PersonChange) => void) => () => void;
  /** The person for whom the page was rendered; stays while they can sign in again, gone once they signed out. */
  userKey: () => string | undefined;
  /** Server clock minus browser clock, in ms: the instants in a view are the server's. */
  clockOffsetMs: () => number;
  /** A drop-in `fetch` for the page's own origin; see `createApiFetch`. */
  apiFetch: typeof fetch;
  /**
   * Leaves for the sign-in page. `returnTo` defaults to the current path, query and hash; `prompt` asks the provider
   * for another person (`select_account`) or for the password again (`login`).
   */
  login: (options?: LoginOptions) => void;
  /** Signs out in all tabs, then leaves. `provider: true` signs out at the provider, too. */
  logout: (options?: { provider?: boolean }) => Promise<void>;
  userinfo: () => Promise<Profile>;
  refresh: () => Promise<SignedInView>;
  validate: (options?: { resource?: string }) => Promise<TokenFacts>;
  activity: () => Promise<void>;
  /** Begins to listen (focus, network, other tabs, input) and asks for the first time; returns the end of it. */
  start: () => () => void;
}

/** The session isn't what this tab takes it for. */
const CONTRADICTIONS: ReadonlySet<CoatcheckErrorCode> = new Set([
  "no_session",
  "stale_cookie",
  "user_changed",
]);
/** The session may be in trouble, too. */
const DOUBTS: ReadonlySet<CoatcheckErrorCode> = new Set([
  "network",
  "refresh_unavailable",
  "provider_unavailable",
]);

/** Creates the client of a page. Nothing happens before `start()` or the first call. */
export function createClient(options: ClientOptions = {}): CoatcheckClient {
  const {
    baseUrl = "",
    fetch = (input, init) => globalThis.fetch(input, init),
    channelName = "coatcheck",
    now = Date.now,
    timeoutMs = 20_000,
    page = browserPage(),
    navigate = (url) => page?.location.assign(url),
  } = options;

  const store = createSessionStore(now);
  const channel = createTabChannel(channelName);
  const base = () => page?.document.baseURI ?? baseUrl;

  const apiFetch = createApiFetch({
    fetch,
    now,
    baseUrl: base,
    userKey: store.userKey,
    onAnswer(problem) {
      const { state } = store.get();
      if (!problem) activityReporter.extended();
      if (problem && CONTRADICTIONS.has(problem.code)) {
        if (state !== "anonymous" || problem.code === "user_changed") void brain.recheck();
      } else if (problem ? DOUBTS.has(problem.code) : state === "unreachable") brain.glance();
    },
  });
  const call = createBffCall({ apiFetch, baseUrl, timeoutMs });
  // Without the person, since the answer is who it is; without outcomes, since it is the answer to those.
  const ask = createBffCall({
    apiFetch: createApiFetch({ fetch, now, baseUrl: base, userKey: () => undefined, onAnswer: () => {} }),
    baseUrl,
    timeoutMs,
  });

  const brain = createSessionBrain({
    store,
    channel,
    page,
    now,
    ask: () => ask("GET", BFF_PATHS.session, sessionViewSchema),
  });
  const activityReporter = createActivityReporter({ store, page, now, report: activity });
  const signIn = createSignIn({
    lockName: channelName,
    page,
    navigate,
    isSignedIn: () => isSignedIn(store.get()),
  });

  async function adopted(path: string): Promise<SessionView> {
    const sending = store.send();
    const view = await call("POST", path, sessionViewSchema);
    store.adopt(sending, view);
    return view;
  }

  async function activity(): Promise<void> {
    await adopted(BFF_PATHS.activity);
  }

  return {
    session: { get: store.get, subscribe: store.subscribe, check: brain.check },
    onPersonChange: store.onPersonChange,
    userKey: store.userKey,
    clockOffsetMs: store.clockOffsetMs,
    apiFetch,
    login({ returnTo = currentPath(page), prompt } = {}) {
      const query = new URLSearchParams(prompt === undefined ? { returnTo } : { returnTo, prompt });
      signIn(`${baseUrl}${BFF_PATHS.login}?${query}`);
    },
    async logout({ provider } = {}) {
      const body = provider === undefined ? {} : { provider };
      const { next } = await call("POST", BFF_PATHS.logout, logoutResultSchema, body);
      const target = new URL(next, base());
      if (target.origin !== new URL(base()).origin) {
        throw new CoatcheckError("unexpected_answer", "The server named a place that isn't its own.");
      }
      store.signedOut();
      channel.tellSignedOut();
      navigate(next);
    },
    userinfo: () => call("GET", BFF_PATHS.userinfo, profileSchema),
    async refresh() {
      const view = await adopted(BFF_PATHS.refresh);
      if (!isSignedIn(view))
        throw new CoatcheckError("unexpected_answer", "A refresh left nobody signed in.");
      return view;
    },
    validate: ({ resource } = {}) =>
      call("POST", BFF_PATHS.validate, tokenFactsSchema, resource === undefined ? {} : { resource }),
    activity,
    start() {
      const stops = [activityReporter.start(), brain.start()];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

function currentPath(page: Page | undefined): string {
  if (!page) return "/";
  const { pathname, search, hash } = new URL(page.location.href);
  return pathname + search + hash;
}
