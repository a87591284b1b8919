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
import { createApiFetch, type ApiFetchPorts } from "./api-fetch.ts";
import { createBffCall } from "./bff-call.ts";
import { CoatcheckError, type CoatcheckErrorCode } from "./coatcheck-error.ts";
import type { SessionMemory } from "./offline/session-memory.ts";
import { browserPage, type Page } from "./page.ts";
import { createSessionBrain } from "./session-brain.ts";
import { createSessionStore, isSignedIn, type PersonChange, type SessionState } from "./session-store.ts";
import { createSignIn, type Arrival, type LoginOptions, type SignInResult } from "./sign-in.ts";
import { createTabChannel } from "./tab-channel.ts";
import { createWaitingCalls, type WaitingCalls } from "./waiting-calls.ts";

export interface ClientOptions {
  /** Where the BFF is, on the page's own origin. Default `""`: at the root. */
  baseUrl?: string;
  fetch?: typeof fetch;
  /** Name of the BroadcastChannel, and the beginning of the names of the Web Locks. Default `coatcheck`. */
  channelName?: string;
  /** Leaves the page. Default `location.assign`. */
  navigate?: (url: string) => void;
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
  /** Deadline of the client's own calls (not of `apiFetch`). Default 20,000. */
  timeoutMs?: number;
  /** A visible page learns of the session's end within this, also when it calls nothing. Default 4,000. */
  watchMs?: number;
  /**
   * Calls that are refused for want of a session wait in `waiting` until their person has signed in again, instead of
   * failing. Default `false`: only a page that shows what waits and offers to sign in (`signIn`) may turn it on.
   */
  keepCalls?: boolean;
  /**
   * What outlives the page, so that one that is opened offline knows whose it is (`createSessionMemory` of
   * `@coatcheck/client/offline`). Default: nothing; such a page is nobody's until the server answers.
   */
  memory?: SessionMemory;
  /** Default: `window`, where there is one. */
  page?: Page;
}

/** The browser half of Coatcheck: one a page. */
export interface CoatcheckClient {
  session: {
    get: () => SessionState;
    /** What the server said last, also while it can't be reached; `undefined` while `loading`. */
    known: () => SessionView | undefined;
    subscribe: (listener: () => void) => () => void;
    /** Asks the server now; never rejects; concurrent callers, in all tabs, share one request. */
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
  /** `apiFetch` with another `fetch` below it (see `@coatcheck/client/upload`). */
  apiFetchOver: (transport: typeof fetch) => typeof fetch;
  /** With `keepCalls`: the calls that go on after a sign-in. */
  waiting: WaitingCalls;
  /** Leaves for the sign-in page; comes back to where the person is, or to `returnTo`. */
  login: (options?: LoginOptions) => void;
  /**
   * Signs in in a window, while this page stays as it is. Call it in the handler of a click, or the browser blocks it.
   * Ends when the server says so, never because the window was closed.
   */
  signIn: (options?: Omit<LoginOptions, "returnTo">) => Promise<SignInResult>;
  /** `signIn` with what the waiting calls ask for. @see RFC 9470 */
  stepUp: (options?: Omit<LoginOptions, "returnTo">) => Promise<SignInResult>;
  /**
   * Resolves with who is signed in; where nobody is, leaves for the sign-in page and never resolves here, unless somebody
   * signs in in another tab. A hidden page waits until it is shown, and no page begins what another tab has begun.
   */
  requireSession: (options?: LoginOptions) => Promise<SignedInView>;
  /** What the address said, when `start` was called, of a sign-in that came back to this page. */
  arrival: () => Arrival;
  /**
   * Signs out in all tabs, then leaves. `provider`: at the provider, too, which gets the two texts; `everywhere`: in all other
   * browsers, too.
   */
  logout: (options?: {
    provider?: boolean;
    everywhere?: boolean;
    logoutHint?: string;
    uiLocales?: string;
  }) => Promise<void>;
  userinfo: () => Promise<Profile>;
  refresh: () => Promise<SignedInView>;
  validate: (options?: { resource?: string }) => Promise<TokenFacts>;
  /** Extends the session: somebody is here. */
  activity: () => Promise<void>;
  /** Begins to listen (focus, network, other tabs, input) and asks for the first time; returns the end of it. */
  start: () => () => void;
}

/** The session may be in trouble, too. */
const DOUBTS: ReadonlySet<CoatcheckErrorCode> = new Set([
  "network",
  "refresh_unavailable",
  "provider_unavailable",
]);

const CLOCK_TOLERANCE_MS = 10_000;

/** Creates the client of a page. Nothing happens before `start()` or the first call. */
export function createClient(options: ClientOptions = {}): CoatcheckClient {
  const {
    baseUrl = "",
    fetch = (input, init) => globalThis.fetch(input, init),
    channelName = "coatcheck",
    now = Date.now,
    timeoutMs = 20_000,
    watchMs = 4_000,
    memory,
    page = browserPage(),
    navigate = (url) => page?.location.assign(url),
  } = options;

  const store = createSessionStore(now);
  const channel = createTabChannel(channelName);
  const base = () => page?.document.baseURI ?? baseUrl;
  const waiting = createWaitingCalls(store);
  let arrival: Arrival = { outcome: undefined, isWindow: false };

  const ports: ApiFetchPorts = {
    fetch,
    now,
    stamp: store.stamp,
    baseUrl: base,
    userKey: store.userKey,
    isIdle: () => activityReporter.isIdle(),
    onAnswer(sentAt, problem, glimpse) {
      const { state } = store.get();
      // An answer out of a cache tells of another time.
      const isNow = glimpse && glimpse.now > sentAt + store.clockOffsetMs() - CLOCK_TOLERANCE_MS;
      const session = isNow ? glimpse : undefined;
      if (session && session.state !== "anonymous") brain.notice(sentAt, session);
      if (session?.state === "anonymous" || problem?.code === "no_session") {
        const reason = session?.state === "anonymous" ? session.reason : problem?.reason;
        if (state !== "anonymous") brain.noticeEnd(sentAt, reason ?? "none");
      } else if (problem === undefined) {
        if (!activityReporter.isIdle()) activityReporter.extended();
        if (state === "unreachable") brain.glance();
      } else if (problem.code === "user_changed") void brain.recheck();
      else if (problem.code === "stale_cookie" && state !== "anonymous") void brain.recheck();
      else if (DOUBTS.has(problem.code)) brain.glance();
    },
  };
  const kept = options.keepCalls ? { ...ports, park: waiting.park } : ports;
  const call = createBffCall({ apiFetch: createApiFetch(ports), baseUrl, timeoutMs });
  // Without the person, since the answer is who it is; without outcomes, since it is the answer to those.
  const ask = createBffCall({
    apiFetch: createApiFetch({ ...ports, userKey: () => undefined, onAnswer: () => {} }),
    baseUrl,
    timeoutMs,
  });

  const brain = createSessionBrain({
    store,
    channel,
    page,
    now,
    watchMs,
    lockName: `${channelName}-session`,
    ask: () => ask("GET", BFF_PATHS.session, sessionViewSchema),
    recall: async () => memory?.recall(),
  });
  const activityReporter = createActivityReporter({ store, page, now, report: activity });
  const signIn = createSignIn({ lockName: channelName, page, navigate, baseUrl, store, channel, now });

  async function adopted(path: string): Promise<SessionView> {
    const sentAt = store.stamp();
    const view = await call("POST", path, sessionViewSchema);
    brain.learn({ sentAt, receivedAt: store.stamp(), view });
    return view;
  }

  async function activity(): Promise<void> {
    await adopted(BFF_PATHS.activity);
  }

  function remember(): void {
    const state = store.get();
    if (isSignedIn(state)) memory?.keep(state);
    else if (state.state === "anonymous") memory?.keep(undefined);
  }

  async function requireSession(login: LoginOptions = {}): Promise<SignedInView> {
    const first = await brain.check();
    if (isSignedIn(first)) return first;
    const signedIn = new Promise<SignedInView>((resolve) => {
      const stop = store.subscribe(() => {
        const state = store.get();
        if (!isSignedIn(state)) return;
        stop();
        resolve(state);
      });
    });
    await signIn.whenShown();
    const state = await brain.check();
    if (isSignedIn(state)) return state;
    if (state.state === "anonymous") signIn.leave(login, true);
    return signedIn;
  }

  return {
    session: { get: store.get, known: store.known, subscribe: store.subscribe, check: brain.check },
    onPersonChange: store.onPersonChange,
    userKey: store.userKey,
    clockOffsetMs: store.clockOffsetMs,
    apiFetch: createApiFetch(kept),
    apiFetchOver: (transport) => createApiFetch({ ...kept, fetch: transport }),
    waiting,
    login: (login = {}) => signIn.leave(login),
    signIn: (login = {}) => signIn.open(login),
    stepUp(login = {}) {
      const asked = waiting.get().find(({ needs }) => needs === "step_up")?.error.problem;
      return signIn.open({
        ...(asked?.acrValues === undefined ? {} : { acrValues: asked.acrValues }),
        ...(asked?.maxAgeSeconds === undefined ? {} : { maxAge: asked.maxAgeSeconds }),
        ...login,
      });
    },
    requireSession,
    arrival: () => arrival,
    async logout(body = {}) {
      const { next } = await call("POST", BFF_PATHS.logout, logoutResultSchema, body);
      const target = new URL(next, base());
      if (target.origin !== new URL(base()).origin) {
        throw new CoatcheckError("unexpected_answer", "The server named a foreign place.");
      }
      const at = store.stamp();
      store.signedOut(at);
      channel.send({ kind: "signed_out", at });
      navigate(next);
    },
    userinfo: () => call("GET", BFF_PATHS.userinfo, profileSchema),
    async refresh() {
      const view = await adopted(BFF_PATHS.refresh);
      if (!isSignedIn(view)) throw new CoatcheckError("unexpected_answer", "The refresh signed nobody in.");
      return view;
    },
    validate: ({ resource } = {}) =>
      call("POST", BFF_PATHS.validate, tokenFactsSchema, resource === undefined ? {} : { resource }),
    activity,
    start() {
      const found = signIn.arrive();
      if (found.outcome || found.isWindow) arrival = found;
      const stops = [store.subscribe(remember), activityReporter.start(), brain.start()];
      if (found.outcome) channel.send({ kind: "sign_in_failed", outcome: found.outcome });
      // The page that opened the window hears the answer before this one closes.
      else if (found.isWindow) void brain.check().then((state) => isSignedIn(state) && page?.close());
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
