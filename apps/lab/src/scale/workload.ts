/** Who uses an installation, and how. */
export interface Workload {
  /** Signed in at the same time. */
  readonly sessions: number;
  readonly callsPerSecond: number;
  readonly tokenLifeSeconds: number;
  /** Calls that a page makes at once. */
  readonly callsAtOnce: number;
  /** From sign-in to sign-out, or to the end by time. */
  readonly sessionHours: number;
  /** Of all sessions: end by a sign-out, and by a back-channel logout. */
  readonly signedOutPart: number;
  readonly backChannelPart: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly instances: number;
  /** Processes of each instance. */
  readonly workers: number;
}

export const USUAL_WORKLOAD: Workload = {
  sessions: 100_000,
  callsPerSecond: 5_000,
  tokenLifeSeconds: 300,
  callsAtOnce: 6,
  sessionHours: 8,
  signedOutPart: 0.5,
  backChannelPart: 0,
  idleSeconds: 1_800,
  absoluteSeconds: 43_200,
  instances: 4,
  workers: 4,
};

/** What of it reaches the ledger, each a second unless it says otherwise. */
export interface LedgerRates {
  readonly refreshes: number;
  /** Refreshes of those that come ahead of need. */
  readonly refreshesAhead: number;
  /** Calls that meet a refresh of another process, and those that meet a call of their own which leads one or waits for it. */
  readonly awaited: number;
  readonly joined: number;
  readonly touches: number;
  readonly acknowledged: number;
  readonly signIns: number;
  readonly signOuts: number;
  readonly backChannelLogouts: number;
  /** Spent generations that a session's record remembers, on average. */
  readonly generationsKept: number;
  /** That the ledger and every process know of. */
  readonly endingsKept: number;
  readonly processes: number;
}

const WINDOW_PART = 1 / 5;
const WINDOW_MAX_SECONDS = 60;
const MUST_PART = 1 / 10;
const MUST_MAX_SECONDS = 5;
const TOUCH_PART = 1 / 10;
const TOUCH_MIN_SECONDS = 60;
const SETTLE_SECONDS = 120;
const STALE_COOKIE_SECONDS = 600;
const LONGEST_REQUEST_SECONDS = 300;
const CLOCK_SLACK_SECONDS = 60;
const TOMBSTONE_SLACK_SECONDS = 300;

/** Pages come at random moments: each session loads one every so often, and a page's calls go to any process. */
export function ratesOf(workload: Workload): LedgerRates {
  const { sessions, callsAtOnce, tokenLifeSeconds: life, idleSeconds, absoluteSeconds } = workload;
  const processes = workload.instances * workload.workers;
  const pagesOfASession = workload.callsPerSecond / callsAtOnce / sessions;
  const betweenPages = 1 / pagesOfASession;
  const window = Math.min(life * WINDOW_PART, WINDOW_MAX_SECONDS);
  const must = Math.min(life * MUST_PART, MUST_MAX_SECONDS);
  const untilRefresh = life - window + betweenPages;
  const refreshes = sessions / untilRefresh;
  const isAhead = 1 - Math.exp(-(window - must) * pagesOfASession);
  // The other calls of the page: one at each other process waits for what comes of it, and the rest join these two.
  const others = refreshes * (callsAtOnce - 1);
  const awaited = refreshes * (processes - 1) * (1 - (1 - 1 / processes) ** (callsAtOnce - 1));
  // Each process tells once that a new token is shown, when nobody can be without it any more.
  const callsAfterSettling = Math.max(0, untilRefresh - SETTLE_SECONDS) * pagesOfASession * callsAtOnce;
  const reportingProcesses = processes * (1 - Math.exp(-callsAfterSettling / processes));
  const touchEvery = Math.min(Math.max(TOUCH_MIN_SECONDS, idleSeconds * TOUCH_PART), idleSeconds / 2);
  const signIns = sessions / (workload.sessionHours * 3_600);
  const signOuts = signIns * workload.signedOutPart;
  const backChannelLogouts = signIns * workload.backChannelPart;
  const bound = idleSeconds + LONGEST_REQUEST_SECONDS;
  // A generation settles only where one is shown two minutes after it was handed out.
  const settles = life - window > SETTLE_SECONDS;
  const remembered = settles ? Math.min(bound, untilRefresh + SETTLE_SECONDS + STALE_COOKIE_SECONDS) : bound;
  return {
    refreshes,
    refreshesAhead: refreshes * isAhead,
    awaited,
    joined: others - awaited,
    touches: sessions / (touchEvery + betweenPages),
    acknowledged: refreshes * reportingProcesses,
    signIns,
    signOuts,
    backChannelLogouts,
    generationsKept: remembered / untilRefresh,
    endingsKept:
      signOuts * (bound + CLOCK_SLACK_SECONDS) +
      backChannelLogouts * (absoluteSeconds + TOMBSTONE_SLACK_SECONDS),
    processes,
  };
}
