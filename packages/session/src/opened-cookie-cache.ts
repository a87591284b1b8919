import type { OpenedCookiesConfig } from "./session-config.ts";

/**
 * Remembers for a moment what sealed cookies hold, so that the requests of one page open a seal at most once.
 *
 * Only what was sealed here or passed every check gets in, under its whole text, its name and its number of chunks: a hit is a
 * text that is authentic there, byte for byte. Nothing that can change with time is remembered: deadlines are judged at every
 * request.
 */
export interface OpenedCookieCache<Value> {
  get(name: string, chunkCount: number, text: string): Value | undefined;
  /** @param value unchangeable: several requests get it. */
  set(name: string, chunkCount: number, text: string, value: Value): void;
}

interface Entry<Value> {
  readonly name: string;
  readonly chunkCount: number;
  readonly text: string;
  readonly value: Value;
  /** When it was opened or sealed; milliseconds since the epoch. */
  readonly since: number;
}

/** A whole checksum of a seal, and what follows it. */
const KEY_CHARACTERS = 48;
/** Some 5 KB each. */
const DEFAULT_MAX_ENTRIES = 1000;
const DEFAULT_MAX_AGE_SECONDS = 60;

export function createOpenedCookieCache<Value>(
  { maxEntries = DEFAULT_MAX_ENTRIES, maxAgeSeconds = DEFAULT_MAX_AGE_SECONDS }: OpenedCookiesConfig = {},
  nowMs: () => number,
): OpenedCookieCache<Value> {
  // By the end of a text, which differs in every seal: finding it by the whole text takes longer than comparing that once.
  // Insertion is opening or sealing: the first entry is the oldest.
  const entries = new Map<string, Entry<Value>>();
  const keyOf = (text: string): string => text.slice(-KEY_CHARACTERS);

  const isTooOld = (since: number, now: number): boolean =>
    // A clock that was put back must not lengthen a life.
    now - since >= maxAgeSeconds * 1000 || now < since;

  const forgetOld = (now: number): void => {
    for (const [key, { since }] of entries) {
      if (entries.size <= maxEntries && !isTooOld(since, now)) return;
      entries.delete(key);
    }
  };

  return {
    get: (name, chunkCount, text) => {
      if (entries.size === 0) return undefined;
      forgetOld(nowMs());
      const entry = entries.get(keyOf(text));
      const isSame = entry?.text === text && entry.name === name && entry.chunkCount === chunkCount;
      return isSame ? entry.value : undefined;
    },
    set: (name, chunkCount, text, value) => {
      const now = nowMs();
      const key = keyOf(text);
      entries.delete(key);
      entries.set(key, { name, chunkCount, text, value, since: now });
      forgetOld(now);
    },
  };
}
