import type { OpenedCookiesConfig } from "./session-config.ts";

/**
 * Remembers for a moment what sealed cookies held, so that the requests of one page open a seal once and not each time.
 *
 * Only what passed every check gets in, under its whole text and its place: a hit is a text that was authenticated there,
 * byte for byte. Nothing that can change with time is remembered: deadlines are judged at every request.
 */
export interface OpenedCookieCache<Value> {
  get(place: string, text: string): Value | undefined;
  /** @param value unchangeable: several requests get it. */
  set(place: string, text: string, value: Value): void;
}

interface Entry<Value> {
  readonly place: string;
  readonly text: string;
  readonly value: Value;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
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
  // Insertion is opening: the first entry is the oldest.
  const entries = new Map<string, Entry<Value>>();
  const keyOf = (text: string): string => text.slice(-KEY_CHARACTERS);

  const isTooOld = (openedAt: number, now: number): boolean =>
    // A clock that was put back must not lengthen a life.
    now - openedAt >= maxAgeSeconds * 1000 || now < openedAt;

  const forgetOld = (now: number): void => {
    for (const [key, { openedAt }] of entries) {
      if (entries.size <= maxEntries && !isTooOld(openedAt, now)) return;
      entries.delete(key);
    }
  };

  return {
    get: (place, text) => {
      if (entries.size === 0) return undefined;
      forgetOld(nowMs());
      const entry = entries.get(keyOf(text));
      return entry?.text === text && entry.place === place ? entry.value : undefined;
    },
    set: (place, text, value) => {
      const now = nowMs();
      const key = keyOf(text);
      entries.delete(key);
      entries.set(key, { place, text, value, openedAt: now });
      forgetOld(now);
    },
  };
}
