import QuickLRU from "quick-lru";
import type { Core } from "../parts.ts";
import type { Access } from "../session/request-session.ts";
import type { IssuedToken } from "./bound-calls.ts";

/** A token, and for how long it is one. Instants are milliseconds since the epoch. */
export interface HeldToken extends IssuedToken {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Why there is none, and for how long calls are told so without asking again. */
export type Withheld = Extract<Access<never>, { readonly kind: "denied" }> & { readonly forMs: number };

/** Tokens that a token endpoint gave, each for all calls of this process that want the same, until it is about to expire. */
export interface HeldTokens {
  /** What is held under a key, or what `fetch` brings; a call that comes while one is fetched waits for it. */
  get(key: string, fetch: () => Promise<HeldToken | Withheld>): Promise<Access<IssuedToken>>;
  /** The API refused this one: the next call gets another, unless it is brand new. */
  drop(key: string, refused: string): void;
}

interface Entry {
  readonly answer: Promise<Access<IssuedToken>>;
  /** Absent while it is under way, and of a failure. */
  held?: HeldToken;
  isOver?: true;
}

const MAX_REMEMBERED = 5_000;
/** It may have to get through to an API yet. */
const SPARE_MS = 5_000;
const MAX_SPARE_FRACTION = 1 / 5;
/** A provider that hands out tokens which its APIs refuse isn't asked with every call. */
const DROP_AFTER_MS = 10_000;

export function createHeldTokens({ nowMs, startTimer }: Pick<Core, "nowMs" | "startTimer">): HeldTokens {
  const entries = new QuickLRU<string, Entry>({ maxSize: MAX_REMEMBERED });

  function isUsable({ held, isOver }: Entry): boolean {
    if (isOver === true) return false;
    return held === undefined || nowMs() < held.expiresAt - spareOf(held);
  }

  return {
    get(key, fetch) {
      const known = entries.get(key);
      if (known !== undefined && isUsable(known)) return known.answer;
      const fetching = fetch();
      const entry: Entry = {
        answer: fetching.then((end) =>
          "token" in end ? { kind: "granted", value: end } : { kind: "denied", problem: end.problem },
        ),
      };
      entries.set(key, entry);
      fetching.then(
        (end) => {
          if ("token" in end) entry.held = end;
          else startTimer(() => void (entry.isOver = true), end.forMs);
        },
        () => void (entry.isOver = true),
      );
      return entry.answer;
    },
    drop(key, refused) {
      const entry = entries.get(key);
      if (entry?.held?.token === refused && nowMs() - entry.held.issuedAt >= DROP_AFTER_MS)
        entry.isOver = true;
    },
  };
}

function spareOf({ issuedAt, expiresAt }: HeldToken): number {
  return Math.min(SPARE_MS, (expiresAt - issuedAt) * MAX_SPARE_FRACTION);
}
