import { randomBytes } from "node:crypto";
import {
  createTokenKeeper,
  type AccessToken,
  type Ledger,
  type RefreshCall,
  type SessionRef,
  type TokenKeeper,
} from "@coatcheck/tokens";
import { workThrough } from "../../work-through.ts";

export interface CrowdOptions {
  readonly ledger: Ledger;
  readonly sessions: number;
  readonly absoluteDeadline: number;
  /** Milliseconds since the epoch; stands still while a wave of refreshes runs. */
  readonly nowMs: () => number;
}

/** Many sessions of one process, each of which can refresh; their grants are made up when needed and stored nowhere. */
export interface Crowd {
  /** Every session refreshes once, as one request each does it. @returns those that did not get a newer grant */
  refreshAll(generation: number, issuedAt: number): Promise<number>;
}

/** As long as the tokens of common providers: a JWT for an API, an opaque refresh token. */
const ACCESS_TOKEN_CHARACTERS = 900;
const REFRESH_TOKEN_CHARACTERS = 43;
const TOKEN_LIFE_MS = 300_000;
const AT_ONCE = 64;
const ISSUER = "https://id.example";

export function createCrowd({ ledger, sessions, absoluteDeadline, nowMs }: CrowdOptions): Crowd {
  const keeper: TokenKeeper = createTokenKeeper({
    ledger,
    refresh: answerRefresh(nowMs, TOKEN_LIFE_MS),
    ports: {
      nowMs,
      monotonicMs: nowMs,
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
      randomBytes: (count) => randomBytes(count),
    },
  });

  async function refreshOne(index: number, generation: number, issuedAt: number): Promise<boolean> {
    const grant = { index, generation, issuedAt, lifeMs: TOKEN_LIFE_MS };
    const visit = keeper.open(madeUpSession(grant, absoluteDeadline, nowMs()));
    const outcome = await visit.ensureFresh("");
    if (outcome.kind !== "fresh") return false;
    const closed = await visit.close({ known: outcome.grant, willWrite: true });
    return closed.kind === "live" && closed.changed && closed.grant.generation === generation + 1;
  }

  return {
    async refreshAll(generation, issuedAt) {
      let failed = 0;
      await workThrough(Array(sessions).keys(), AT_ONCE, async (index) => {
        if (!(await refreshOne(index, generation, issuedAt))) failed += 1;
      });
      await keeper.drain();
      return failed;
    },
  };
}

/** One of the grants that are made up: whose, which generation of it, and how long its token lives from when. */
export interface MadeUpGrant {
  readonly index: number;
  readonly generation: number;
  readonly issuedAt: number;
  readonly lifeMs: number;
}

/** A session as a request at this moment shows it. */
export function madeUpSession(made: MadeUpGrant, absoluteDeadline: number, arrivedAt: number): SessionRef {
  const { index, generation } = made;
  return {
    sid: `session-${index}`.padEnd(22, "-"),
    iss: ISSUER,
    sub: `person-${index}`,
    idTokenIat: 0,
    absoluteDeadline,
    arrivedAt,
    grant: {
      refreshToken: refreshTokenOf(index, generation),
      generation,
      accessTokens: { "": accessTokenOf(made) },
    },
  };
}

function refreshTokenOf(index: number, generation: number): string {
  return `rt.${index}.${generation}.`.padEnd(REFRESH_TOKEN_CHARACTERS, "r");
}

function accessTokenOf({ index, generation, issuedAt, lifeMs }: MadeUpGrant): AccessToken {
  const token = `at.${index}.${generation}.`.padEnd(ACCESS_TOKEN_CHARACTERS, "a");
  return { token, issuedAt, expiresAt: issuedAt + lifeMs, scope: "openid profile email" };
}

/** A provider that rotates, without a network. */
export function answerRefresh(nowMs: () => number, lifeMs: number): RefreshCall {
  return ({ refreshToken, maySend }) => {
    if (!maySend()) return Promise.resolve({ kind: "unsent", reason: "lease too short" });
    const [, index = 0, generation = 0] = refreshToken.split(".").map(Number);
    const next = generation + 1;
    return Promise.resolve({
      kind: "success",
      accessToken: accessTokenOf({ index, generation: next, issuedAt: nowMs(), lifeMs }),
      refreshToken: refreshTokenOf(index, next),
    });
  };
}
