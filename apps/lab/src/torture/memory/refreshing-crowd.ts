import { randomBytes } from "node:crypto";
import {
  createTokenKeeper,
  type Grant,
  type Ledger,
  type RefreshCall,
  type TokenKeeper,
} from "@coatcheck/tokens";

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
    refresh: answerRefresh(nowMs),
    ports: {
      nowMs,
      monotonicMs: nowMs,
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
      randomBytes: (count) => randomBytes(count),
    },
  });

  async function refreshOne(index: number, generation: number, issuedAt: number): Promise<boolean> {
    const session = {
      sid: `session-${index}`.padEnd(22, "-"),
      iss: ISSUER,
      sub: `person-${index}`,
      idTokenIat: 0,
      absoluteDeadline,
      arrivedAt: nowMs(),
      grant: grantOf(index, generation, issuedAt),
    };
    const visit = keeper.open(session);
    const outcome = await visit.ensureFresh("");
    if (outcome.kind !== "fresh") return false;
    const closed = await visit.close({ known: outcome.grant, willWrite: true });
    return closed.kind === "live" && closed.changed && closed.grant.generation === generation + 1;
  }

  return {
    async refreshAll(generation, issuedAt) {
      let next = 0;
      let failed = 0;
      const work = async (): Promise<void> => {
        while (next < sessions) {
          const index = next;
          next += 1;
          if (!(await refreshOne(index, generation, issuedAt))) failed += 1;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      await keeper.drain();
      return failed;
    },
  };
}

function refreshTokenOf(index: number, generation: number): string {
  return `rt.${index}.${generation}.`.padEnd(REFRESH_TOKEN_CHARACTERS, "r");
}

function accessTokenOf(index: number, generation: number, issuedAt: number) {
  const token = `at.${index}.${generation}.`.padEnd(ACCESS_TOKEN_CHARACTERS, "a");
  return { token, issuedAt, expiresAt: issuedAt + TOKEN_LIFE_MS, scope: "openid profile email" };
}

function grantOf(index: number, generation: number, issuedAt: number): Grant {
  return {
    refreshToken: refreshTokenOf(index, generation),
    generation,
    accessTokens: { "": accessTokenOf(index, generation, issuedAt) },
  };
}

/** A provider that rotates, without a network. */
function answerRefresh(nowMs: () => number): RefreshCall {
  return ({ refreshToken, maySend }) => {
    if (!maySend()) return Promise.resolve({ kind: "unsent", reason: "lease too short" });
    const [, index, generation] = refreshToken.split(".").map(Number);
    const next = (generation ?? 0) + 1;
    return Promise.resolve({
      kind: "success",
      accessToken: accessTokenOf(index ?? 0, next, nowMs()),
      refreshToken: refreshTokenOf(index ?? 0, next),
    });
  };
}
