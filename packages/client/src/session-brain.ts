import type { AnonymousReason, LiveGlimpse, SessionView, SignedInView } from "@coatcheck/contract";
import { CoatcheckError } from "./coatcheck-error.ts";
import { isHidden, listen, type Page } from "./page.ts";
import { isSignedIn, type SessionAnswer, type SessionState, type SessionStore } from "./session-store.ts";
import type { TabChannel, TabMessage } from "./tab-channel.ts";

const THROTTLE_MS = 2_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
/** Sleep stops a timer but not the clock: the clock is looked at this often, without asking the server. */
const LOOK_AT_CLOCK_MS = 60_000;
/** A deadline is asked about a moment later, since the two clocks are compared only roughly. */
const DEADLINE_SLACK_MS = 500;
const SHORTEST_DEADLINE_WAIT_MS = 5_000;
/** A tab that asks for longer than this, or was stopped while it asked, holds up nobody. */
const LONGEST_WAIT_FOR_TAB_MS = 3_000;
/** A page that is opened waits so long for its first answer before it shows what an earlier one knew. */
const LATE_MS = 3_000;
/** What a tab tells takes this long to arrive in the others. */
const SENDING_MS = 30;
/**
 * The request that saw a session end gets the reason, all others `none`. The reason comes from its tab, which may be busy:
 * without a wait that covers it, the page of somebody who is typing in this tab would be dropped as after a sign-out.
 */
const LONGEST_EXPLANATION_MS = 3_000;

export interface SessionBrainPorts {
  store: SessionStore;
  channel: TabChannel;
  page: Page | undefined;
  /** Name of the Web Lock under which one tab at a time asks. */
  lockName: string;
  now: () => number;
  /** A visible page asks this often, whichever tab of the browser it was that asked. */
  watchMs: number;
  /** Asks `GET /bff/session`; rejects with a `CoatcheckError`. */
  ask: () => Promise<SessionView>;
  /** Who was signed in when this browser last heard of it, for a page that is opened while nobody answers. */
  recall: () => Promise<SignedInView | undefined>;
}

/** Decides when to ask the server about the session: once for all tabs of the browser, each of which hears the answer. */
export interface SessionBrain {
  /** Asks now; concurrent callers share one request. */
  check: () => Promise<SessionState>;
  /** Asks about what is true from now on: a request that is under way already doesn't do. */
  recheck: () => Promise<SessionState>;
  /** Asks unless it has just been asked. */
  glance: () => void;
  /** Takes over an answer of the server to this tab, and tells the others. @returns as `SessionStore.adopt` */
  learn: (answer: SessionAnswer) => SessionView | undefined;
  /** A call was refused because the session has ended. */
  noticeEnd: (sentAt: number, reason: AnonymousReason) => void;
  /** Takes over what an API call's answer says of the session, and tells the others. */
  notice: (sentAt: number, glimpse: LiveGlimpse) => void;
  start: () => () => void;
}

export function createSessionBrain(ports: SessionBrainPorts): SessionBrain {
  const { store, channel, page, now, ask } = ports;
  let asking: Promise<SessionState> | undefined;
  let askingNext: Promise<SessionState> | undefined;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;
  let retryAfterMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = 0;

  /** Asks unless some tab has an answer that was asked for at `since` or later. */
  function checkSince(since: number): Promise<SessionState> {
    asking ??= askOnce(since).finally(() => {
      asking = undefined;
      schedule();
    });
    return asking;
  }

  const check = () => checkSince(store.stamp());

  function recheck(): Promise<SessionState> {
    if (!asking) return check();
    askingNext ??= asking.then(() => {
      askingNext = undefined;
      return check();
    });
    return askingNext;
  }

  const lookedAt = () => Math.max(store.askedAt(), failedAt);

  function glance(): void {
    if (now() - lookedAt() >= THROTTLE_MS) void check();
  }

  /** Resolves as soon as this tab knows; the turn goes on until the other tabs know, too. */
  function askOnce(since: number): Promise<SessionState> {
    return new Promise((resolve) => {
      const alone = () => run().then(resolve);
      const locks = page?.navigator.locks;
      if (!locks) {
        void alone();
        return;
      }
      locks
        .request(ports.lockName, { signal: AbortSignal.timeout(LONGEST_WAIT_FOR_TAB_MS) }, async () => {
          if (store.askedAt() >= since) return resolve(store.get());
          resolve(await run());
          await pause(SENDING_MS);
        })
        // Locks are refused in some embedded pages, and a tab that has one may hang.
        .catch(alone);
    });
  }

  /** Shows what an earlier page knew, where nothing is known yet. */
  async function recall(): Promise<boolean> {
    const remembered = store.known() ? undefined : await ports.recall();
    if (remembered) store.recall(remembered);
    return remembered !== undefined;
  }

  async function run(): Promise<SessionState> {
    const sentAt = store.stamp();
    // A network that takes everything and gives nothing back is as good as none to who wants to go on writing.
    const late = setTimeout(() => {
      void recall().then((isRecalled) => isRecalled && store.fail(sentAt, tooLate()));
    }, LATE_MS);
    try {
      const view = await ask();
      const receivedAt = store.stamp();
      const known = store.known();
      if (view.state === "anonymous" && view.reason === "none" && known && isSignedIn(known)) {
        await explained();
      }
      failures = 0;
      const taken = learn({ sentAt, receivedAt, view });
      // An end that was told meanwhile may be that of the session before: nobody knows when the server spoke of it.
      if (!taken && isSignedIn(view)) void recheck();
    } catch (error) {
      // `ask` rejects with nothing else.
      const failure = error as CoatcheckError;
      failures += 1;
      failedAt = now();
      retryAfterMs = (failure.retryAfterSeconds ?? 0) * 1000;
      await recall();
      store.fail(sentAt, failure);
    } finally {
      clearTimeout(late);
    }
    return store.get();
  }

  /** Resolves when another tab has said why the session ended, or when none can be expected to any more. */
  async function explained(): Promise<void> {
    if (!channel.isOpen()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        const known = store.known();
        if (known && isSignedIn(known)) return;
        clearTimeout(patience);
        stop();
        resolve();
      };
      const stop = store.subscribe(look);
      const patience = setTimeout(() => {
        stop();
        resolve();
      }, LONGEST_EXPLANATION_MS);
    });
  }

  function learn(answer: SessionAnswer): SessionView | undefined {
    const view = store.adopt(answer);
    if (view) channel.send({ ...answer, kind: "answer", view });
    return view;
  }

  function notice(sentAt: number, glimpse: LiveGlimpse): void {
    const before = store.get();
    const view = store.notice(sentAt, glimpse);
    if (view === "other_session") void recheck();
    else if (view && store.get() !== before) send(sentAt, view);
  }

  function noticeEnd(sentAt: number, reason: AnonymousReason): void {
    const view = store.noticeEnd(sentAt, reason);
    if (view) send(sentAt, view);
    else void recheck();
  }

  function send(sentAt: number, view: SessionView): void {
    channel.send({ kind: "answer", sentAt, receivedAt: store.stamp(), view });
  }

  function schedule(): void {
    clearTimeout(timer);
    // A hidden page asks when it is shown again.
    if (running === 0 || isHidden(page)) return;
    const waitMs = dueAt() - now();
    if (waitMs <= 0) void checkSince(store.askedAt() + 0.001);
    else if (waitMs < Number.POSITIVE_INFINITY) {
      timer = setTimeout(schedule, Math.min(waitMs, LOOK_AT_CLOCK_MS));
    }
  }

  function dueAt(): number {
    const backOffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    const retryAt = failures > 0 ? failedAt + Math.max(retryAfterMs, backOffMs) : undefined;
    const known = store.known();
    if (!known || !isSignedIn(known)) return retryAt ?? Number.POSITIVE_INFINITY;
    const deadline = Math.min(known.idleDeadline, known.absoluteDeadline) - store.clockOffsetMs();
    return Math.min(
      retryAt ?? lookedAt() + ports.watchMs,
      Math.max(deadline + DEADLINE_SLACK_MS, lookedAt() + SHORTEST_DEADLINE_WAIT_MS),
    );
  }

  function onPageEvent(event: Event): void {
    if (event.type === "pageshow") {
      if (!(event as PageTransitionEvent).persisted) return;
      // S-099: what was on the screen when the page was left may belong to nobody any more.
      store.forget();
      void recheck();
    } else if (event.type === "online" || event.type === "offline") {
      void recheck();
    } else if (isHidden(page)) {
      clearTimeout(timer);
    } else {
      glance();
      schedule();
    }
  }

  function onMessage(message: TabMessage): void {
    if (message.kind === "answer") {
      failures = 0;
      store.adopt(message);
    } else if (message.kind === "signed_out") {
      store.signedOut(message.at);
      void recheck();
    }
  }

  function start(): () => void {
    running += 1;
    const stops = [
      channel.open(),
      channel.hear(onMessage),
      listen(page, ["focus", "visibilitychange", "pageshow", "online", "offline"], onPageEvent),
      store.subscribe(schedule),
    ];
    void check();
    return () => {
      running -= 1;
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }

  return { check, recheck, glance, learn, notice, noticeEnd, start };
}

function tooLate(): CoatcheckError {
  return new CoatcheckError("network", "The answer was late or broke off.");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
