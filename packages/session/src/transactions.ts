import type { OpenedTransaction } from "./browser-sessions.ts";
import {
  MAX_BYTES_A_REQUEST,
  MAX_COOKIE_BYTES,
  MAX_HINT_BYTES,
  MAX_TRANSACTIONS,
  RESERVED_SESSION_BYTES,
  shownBytes,
  TRANSACTION_LIFETIME_MS,
} from "./budget.ts";
import type { ShownCookie } from "./cookie-header.ts";
import type { CookieNames } from "./cookie-names.ts";
import type { JsonObject } from "./sealer.ts";
import { readSealedHead, type SealedTexts } from "./sealed-text.ts";
import { SessionError } from "./session-error.ts";
import { type CookieAttributes, formatExpiry, formatSetCookie } from "./set-cookie.ts";

/** Pending sign-ins, a cookie each. */
export interface Transactions<Transaction> {
  seal(transaction: JsonObject, state: string, shown: readonly ShownCookie[]): Promise<readonly string[]>;
  open(shown: readonly ShownCookie[], state: string): Promise<OpenedTransaction<Transaction> | undefined>;
  /** Names of the oldest ones to remove, so that those that stay are at most `maxCount` and take at most `maxBytes`. */
  findExcess(shown: readonly ShownCookie[], maxCount: number, maxBytes: number): readonly string[];
}

export function createTransactions<Transaction>(ports: {
  readonly names: CookieNames;
  readonly texts: SealedTexts;
  readonly nowMs: () => number;
  readonly attributes: CookieAttributes;
  readonly parseTransaction: (json: unknown) => Transaction | undefined;
  readonly expireLogoutHint: () => readonly string[];
}): Transactions<Transaction> {
  const { names, texts, nowMs, attributes } = ports;

  const findExcess: Transactions<Transaction>["findExcess"] = (shown, maxCount, maxBytes) => {
    // The instant isn't verified here: who forges it only chooses which of their own sign-ins goes first.
    const newestFirst = shown
      .filter(({ name }) => names.parse(name)?.kind === "transaction")
      .map((cookie) => ({ cookie, sealedAt: readSealedHead(cookie.value)?.sealedAt ?? 0 }))
      .toSorted((a, b) => b.sealedAt - a.sealedAt);
    let bytes = 0;
    return newestFirst
      .filter(({ cookie, sealedAt }, index) => {
        bytes += shownBytes([cookie]);
        return index >= maxCount || bytes > maxBytes || nowMs() >= sealedAt + TRANSACTION_LIFETIME_MS;
      })
      .map(({ cookie }) => cookie.name);
  };

  return {
    findExcess,
    seal: async (transaction, state, shown) => {
      const { name, stateHash } = await names.transaction(state);
      const place = { purpose: "transaction", name, context: stateHash } as const;
      const text = await texts.seal(place, transaction, TRANSACTION_LIFETIME_MS / 1000, () => 1);
      const written = shownBytes([{ name, value: text }]);
      const others = shown.filter((cookie) => cookie.name !== name);
      const sessionBytes = shownBytes(
        others.filter((cookie) => names.parse(cookie.name)?.kind === "session"),
      );
      const available = MAX_BYTES_A_REQUEST - (sessionBytes === 0 ? RESERVED_SESSION_BYTES : sessionBytes);
      if (name.length + text.length > MAX_COOKIE_BYTES || (sessionBytes > 0 && written > available)) {
        throw new SessionError(
          "transaction_too_large",
          `a pending sign-in takes ${written} bytes, ${available} are free`,
        );
      }
      // The hint's path hides it from this request, so its share is kept free: it goes only where even one sign-in needs the room.
      const hintBytes = sessionBytes === 0 ? 0 : MAX_HINT_BYTES;
      const hasRoomForHint = written <= available - hintBytes;
      const maxBytes = (hasRoomForHint ? available - hintBytes : available) - written;
      const evicted = findExcess(others, MAX_TRANSACTIONS - 1, maxBytes);
      return [
        formatSetCookie(name, text, attributes, TRANSACTION_LIFETIME_MS / 1000),
        ...evicted.map((evictedName) => formatExpiry(evictedName, attributes)),
        ...(hasRoomForHint ? [] : ports.expireLogoutHint()),
      ];
    },
    open: async (shown, state) => {
      const { name, stateHash } = await names.transaction(state);
      const cookie = shown.find((one) => one.name === name);
      if (cookie === undefined) return undefined;
      const opening = await texts.open({ purpose: "transaction", name, context: stateHash }, cookie.value, 1);
      if (opening.kind !== "opened" || nowMs() >= opening.sealedAt + TRANSACTION_LIFETIME_MS)
        return undefined;
      const value = ports.parseTransaction(opening.value);
      return value === undefined ? undefined : { name, value };
    },
  };
}
