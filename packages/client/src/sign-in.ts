import {
  BFF_PATHS,
  SIGN_IN_PARAMETER,
  SIGN_IN_WINDOW_PARAMETER,
  signInOutcomeSchema,
  type SignInOutcome,
} from "@coatcheck/contract";
import { isHidden, listen, type Page } from "./page.ts";
import { isSignedIn, type SessionStore } from "./session-store.ts";
import type { TabChannel } from "./tab-channel.ts";

/** What may be asked of the provider, each as OpenID Connect and RFC 9470 name it. */
export interface LoginOptions {
  /** Where the person comes back to: a path of this origin. Default: where they are. */
  returnTo?: string;
  /** Name of the provider to sign in at, of several. Default: the server chooses, or lets the person choose. */
  provider?: string;
  /** Asks for the password again (`login`), or for another person (`select_account`). */
  prompt?: "login" | "select_account";
  /** Space separated: how strong the sign-in must be. */
  acrValues?: string;
  /** How long ago the person may have signed in at the provider, in seconds. */
  maxAge?: number;
  /** The name that the person signs in with, where the page knows it. */
  loginHint?: string;
  /** Space separated language tags for the provider's pages. */
  uiLocales?: string;
}

/**
 * How a sign-in in a window ended.
 *
 * - `signed_in`: there is a session, and the page is still its person's.
 * - `other_person`: somebody else has signed in; `onPersonChange` has been told.
 * - `failed`: the provider's answer was no; `outcome` says why.
 * - `blocked`: the browser opened no window. `href`, as a link with `target="_blank"`, is never blocked.
 * - `superseded`: another sign-in was begun here.
 */
export type SignInResult =
  | { kind: "signed_in" }
  | { kind: "other_person" }
  | { kind: "failed"; outcome: SignInOutcome }
  | { kind: "blocked"; href: string }
  | { kind: "superseded" };

/** What the address of this page says of a sign-in that came back to it. */
export interface Arrival {
  /** How it failed; `undefined` where it didn't, or where nobody came back. Anybody can write such a link. */
  outcome: SignInOutcome | undefined;
  /** This page stands in a window that was opened to sign in. It closes itself where the browser lets it. */
  isWindow: boolean;
}

export interface SignIn {
  /**
   * Leaves for the provider's page, one tab of a browser at a time where there are Web Locks.
   * Where the page begins it by itself (`isAutomatic`), it doesn't begin what another tab has begun.
   */
  leave: (options: LoginOptions, isAutomatic?: boolean) => void;
  /** Signs in in a window, so that this page stays as it is. Call it in the handler of a click. */
  open: (options: LoginOptions) => Promise<SignInResult>;
  /** Reads how a sign-in ended from the address, and takes it out of there. */
  arrive: () => Arrival;
  /** Resolves when this page is shown, so that ten restored tabs don't begin ten sign-ins. */
  whenShown: () => Promise<void>;
}

export interface SignInPorts {
  lockName: string;
  page: Page | undefined;
  navigate: (url: string) => void;
  baseUrl: string;
  store: SessionStore;
  channel: TabChannel;
  now: () => number;
}

/** A navigation that goes nowhere (server down) frees the others after this. */
const LONGEST_NAVIGATION_MS = 10_000;
/** The sign-in's cookie lives as long; after that its callback is refused. */
const LONGEST_SIGN_IN_MS = 600_000;
const WINDOW = "popup,width=480,height=680";

export function createSignIn(ports: SignInPorts): SignIn {
  const { page, store, channel, navigate } = ports;
  let begunElsewhereAt = Number.NEGATIVE_INFINITY;
  let supersede: (() => void) | undefined;

  channel.hear(({ kind }) => {
    if (kind === "sign_in_begun") begunElsewhereAt = ports.now();
    else if (kind === "sign_in_failed") begunElsewhereAt = Number.NEGATIVE_INFINITY;
  });

  function addressOf({ returnTo = currentPath(page), provider = "", ...options }: LoginOptions): string {
    const query = new URLSearchParams({ returnTo });
    for (const [name, value] of [
      ["prompt", options.prompt],
      ["acr_values", options.acrValues],
      ["max_age", options.maxAge],
      ["login_hint", options.loginHint],
      ["ui_locales", options.uiLocales],
    ] as const) {
      if (value !== undefined) query.set(name, String(value));
    }
    return `${ports.baseUrl}${BFF_PATHS.login}${provider && `/${provider}`}?${query}`;
  }

  function leave(options: LoginOptions, isAutomatic = false): void {
    const url = addressOf(options);
    const wasSignedIn = isSignedIn(store.get());
    const go = () => {
      channel.send({ kind: "sign_in_begun" });
      navigate(url);
    };
    const locks = page?.navigator.locks;
    if (!locks) return go();
    locks
      .request(ports.lockName, async () => {
        // Another tab has signed in while this one waited, or is about to.
        if (isSignedIn(store.get()) && !wasSignedIn) return;
        if (isAutomatic && ports.now() - begunElsewhereAt < LONGEST_SIGN_IN_MS) return;
        go();
        // The lock is held until this page is left.
        await new Promise((resolve) => setTimeout(resolve, LONGEST_NAVIGATION_MS));
      })
      // Locks are refused in some embedded pages; signing in matters more.
      .catch(go);
  }

  function open(options: LoginOptions): Promise<SignInResult> {
    supersede?.();
    const { pathname } = new URL(".", page?.document.baseURI);
    const href = addressOf({ returnTo: `${pathname}?${SIGN_IN_WINDOW_PARAMETER}=1`, ...options });
    const before = store.known();
    const person = store.userKey();
    // Not by `window.closed`, which a provider's own opener policy makes useless: by what the server says.
    const ended = new Promise<SignInResult>((resolve) => {
      const stops = [
        store.subscribe(() => {
          const state = store.get();
          if (!isSignedIn(state)) return;
          if (before && isSignedIn(before) && before.ticket === state.ticket) return;
          end({ kind: (person ?? state.userKey) === state.userKey ? "signed_in" : "other_person" });
        }),
        channel.hear((message) => {
          if (message.kind === "sign_in_failed") end({ kind: "failed", outcome: message.outcome });
        }),
      ];
      supersede = () => end({ kind: "superseded" });
      function end(result: SignInResult): void {
        for (const stop of stops) stop();
        resolve(result);
      }
    });
    channel.send({ kind: "sign_in_begun" });
    const opened = page?.open(href, "coatcheck-sign-in", WINDOW);
    // The link that the person follows instead ends the same way.
    return opened ? ended : Promise.resolve({ kind: "blocked", href });
  }

  function arrive(): Arrival {
    if (!page) return { outcome: undefined, isWindow: false };
    const url = new URL(page.location.href);
    const outcome = signInOutcomeSchema.safeParse(url.searchParams.get(SIGN_IN_PARAMETER)).data;
    const isWindow = url.searchParams.has(SIGN_IN_WINDOW_PARAMETER);
    if (isWindow || url.searchParams.has(SIGN_IN_PARAMETER)) {
      url.searchParams.delete(SIGN_IN_PARAMETER);
      url.searchParams.delete(SIGN_IN_WINDOW_PARAMETER);
      // So that a reload or a shared link doesn't say it again.
      page.history.replaceState(page.history.state, "", url.pathname + url.search + url.hash);
    }
    return { outcome, isWindow };
  }

  return {
    leave,
    open,
    arrive,
    whenShown: () =>
      new Promise((resolve) => {
        if (!isHidden(page)) return resolve();
        const stop = listen(page, ["visibilitychange"], () => {
          if (isHidden(page)) return;
          stop();
          resolve();
        });
      }),
  };
}

function currentPath(page: Page | undefined): string {
  if (!page) return "/";
  const { pathname, search, hash } = new URL(page.location.href);
  return pathname + search + hash;
}
