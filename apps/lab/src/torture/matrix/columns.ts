import type { RoundsOptions } from "../rounds/play-rounds.ts";

/**
 * A kind of trouble: what of a plain wave of 20 calls on an expired token is different.
 *
 * In the columns whose trouble isn't many calls a page makes one call, so that who can't hold a burst isn't condemned for it twice.
 */
export interface Column {
  /** In a sentence. */
  readonly about: string;
  readonly options: Partial<RoundsOptions>;
  /** What a BFF must have to meet it: a store that is a program of its own, or several machines. */
  readonly needs?: "store" | "machines";
  /** It strikes everybody's session at once, so a calm batch of rounds comes first. */
  readonly isForAll?: true;
  /** Mostly waiting: such cells are played beside others. */
  readonly waits?: true;
  /** No BFF can hold it, for the reason that `about` gives: what is lost there is no failure. */
  readonly isHopeless?: true;
}

/** A real provider takes its time; without this, one on the same machine has answered before a page's second call. */
const USUAL_TOKEN_ENDPOINT_MS = 150;

/** So many calls take a busy machine longer than a token of a few seconds lives. */
const LONGER_TOKEN_SECONDS = 20;

const ALONE = { waveCalls: 1 } as const;

function oldCookie(seconds: number): Column {
  return {
    about: `another tab shows the cookie of before the refresh, ${seconds} s after the new one was handed out`,
    options: { ...ALONE, always: { kind: "stale", delayMs: seconds * 1_000 } },
    ...(seconds > 10 ? { waits: true } : {}),
  };
}

/** In the order of the table; `--only` takes the names. */
export const COLUMNS: Readonly<Record<string, Column>> = {
  "one call": {
    about: "a single call on an expired access token: everybody holds it who is set up well",
    options: ALONE,
  },
  "20 at once": { about: "20 calls at once", options: {} },
  "100 at once": {
    about: `100 calls at once; access tokens live ${LONGER_TOKEN_SECONDS} s`,
    options: { waveCalls: 100, tokenSeconds: LONGER_TOKEN_SECONDS },
    waits: true,
  },
  "20 at once with grace": {
    about: "20 calls at once; the provider takes a spent refresh token once more for 10 s",
    options: { provider: "rotating-with-grace" },
  },
  "page load": {
    about: `6 calls over 300 ms; the token endpoint takes ${USUAL_TOKEN_ENDPOINT_MS} ms`,
    options: { pageEvery: 1, tokenEndpointMs: USUAL_TOKEN_ENDPOINT_MS },
  },
  "ten tabs": {
    about: `a browser restores ten tabs, which load such a page each; the token endpoint takes ${USUAL_TOKEN_ENDPOINT_MS} ms`,
    options: {
      pageEvery: 1,
      tabs: 10,
      tokenEndpointMs: USUAL_TOKEN_ENDPOINT_MS,
      tokenSeconds: LONGER_TOKEN_SECONDS,
    },
    waits: true,
  },
  "two machines": {
    about: "20 calls at once, handed in turn to two instances behind a load balancer without affinity",
    options: { instances: 2, ledger: "redis" },
    needs: "machines",
  },
  "slow token endpoint": {
    about: "20 calls at once; the token endpoint takes 8 s, access tokens live 30 s",
    options: { tokenEndpointMs: 8_000, tokenSeconds: 30 },
    waits: true,
  },
  "503 three times": {
    about: "the provider refuses three token calls with 503, then it is well",
    options: { ...ALONE, always: { kind: "busy" } },
    waits: true,
  },
  "client leaves": {
    about:
      "the client whose call made the token call goes away while that is under way; another call comes before its end",
    options: { waveCalls: 2, always: { kind: "abort" } },
  },
  "old cookie 5 s": oldCookie(5),
  "old cookie 40 s": oldCookie(40),
  "old cookie 540 s": oldCookie(540),
  "store restarted": {
    about:
      "the store ends, or is killed, and is started again while tokens expire; in a Redis Cluster and behind Sentinels a master is killed, and its replica takes over",
    options: { ...ALONE, ledger: "redis", faults: ["store"] },
    needs: "store",
    isForAll: true,
    waits: true,
  },
  "store full": {
    about:
      "the store takes no writes for 10 s while tokens expire: Redis has no memory left, PostgreSQL is read-only, as hosted ones are without room on the disk",
    options: { ...ALONE, ledger: "redis", faults: ["full"] },
    needs: "store",
    isForAll: true,
    waits: true,
  },
  "rolling deploy": {
    about:
      "each instance is told to end and is replaced, one after the other, while tokens expire and the token endpoint takes 1.5 s, so that some refreshes are under way",
    options: {
      ...ALONE,
      instances: 2,
      ledger: "redis",
      faults: ["deploy"],
      tokenEndpointMs: 1_500,
      tokenSeconds: 10,
    },
    isForAll: true,
    waits: true,
  },
  "kill -9": {
    about:
      "an instance is killed while tokens expire; sessions whose token call was in flight are counted apart, since its answer died with the process",
    options: { ...ALONE, instances: 2, ledger: "redis", faults: ["kill"] },
    isForAll: true,
    waits: true,
  },
  "answer lost with grace": {
    about:
      "the connection breaks when the provider has processed the token call; the provider takes a spent refresh token once more for 10 s",
    options: { ...ALONE, always: { kind: "cut" }, provider: "rotating-with-grace" },
  },
  "answer lost": {
    about:
      "the same at a provider without any grace: the only refresh token that works was in the lost answer, so nobody can hold it",
    options: { ...ALONE, always: { kind: "cut" } },
    isHopeless: true,
  },
};
