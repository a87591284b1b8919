import type { BrowserSessions, SessionEnvelope } from "./browser-sessions.ts";
import {
  MAX_BYTES_A_REQUEST,
  MAX_COOKIE_BYTES,
  MAX_HINT_BYTES,
  MAX_SESSION_BYTES,
  MAX_TRANSACTIONS,
  RESERVED_SESSION_BYTES,
  shownBytes,
  SMALL_SESSION_BYTES,
  writtenBytes,
} from "./budget.ts";
import { parseCookieHeader, type ShownCookie } from "./cookie-header.ts";
import { chunkName, createCookieNames } from "./cookie-names.ts";
import { createEnvelope, isTouchDue, readEnvelopeVersion, touchEnvelope } from "./envelope.ts";
import { createKeyRing } from "./key-ring.ts";
import { createWebCryptoMac, type Mac } from "./mac.ts";
import { createSessionOpener } from "./open-sessions.ts";
import { createOpenedCookieCache } from "./opened-cookie-cache.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { createIronSealer, type JsonObject, type Sealer } from "./sealer.ts";
import { createOwnedTexts } from "./owned-texts.ts";
import { createSealedTexts } from "./sealed-text.ts";
import { parseSessionConfig, type SessionConfig } from "./session-config.ts";
import { SessionError } from "./session-error.ts";
import { type CookieAttributes, formatExpiry, formatSetCookie } from "./set-cookie.ts";
import { reportSize } from "./size-report.ts";
import { createTransactions } from "./transactions.ts";

/** What `createBrowserSessions` needs from outside. */
export interface SessionPorts {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Default: iron-session. */
  readonly sealer?: Sealer;
  /** Default: WebCrypto. */
  readonly mac?: Mac;
}

const LOGOUT_PATH = "/bff/logout";
/** A seal outlives the deadlines inside by this: those decide, and can tell why. */
const SEAL_MARGIN_SECONDS = 86_400;

function toJson(value: unknown): JsonObject {
  try {
    const json: unknown = JSON.parse(JSON.stringify(value));
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  } catch {
    throw new SessionError("value_unreadable", "a value to be sealed isn't JSON");
  }
  throw new SessionError("value_unreadable", "a value to be sealed isn't a JSON object");
}

/** A reader that throws hasn't read it: a value in the shape of another release is an answer and no failure. */
function catchAll<Parsed>(parse: (json: unknown, owner: string) => Parsed | undefined) {
  return (json: unknown, owner = ""): Parsed | undefined => {
    try {
      return parse(json, owner);
    } catch {
      return undefined;
    }
  };
}

function splitText(text: string, base: string, count: number): readonly ShownCookie[] {
  if (count === 1) return [{ name: base, value: text }];
  const size = MAX_COOKIE_BYTES - chunkName(base, 1).length;
  return Array.from({ length: count }, (_, index) => ({
    name: chunkName(base, index + 1),
    value: text.slice(index * size, (index + 1) * size),
  }));
}

function countChunks(base: string, length: number): number {
  return base.length + length <= MAX_COOKIE_BYTES
    ? 1
    : Math.ceil(length / (MAX_COOKIE_BYTES - chunkName(base, 1).length));
}

/**
 * Remembers values for browsers in sealed, tagged, chunked cookies.
 *
 * @throws {SessionError} `config_invalid`, with all problems and their fixes.
 * @see RFC 10017 section 6.1.3.2
 */
export function createBrowserSessions<Value extends SessionEnvelope, Transaction>(
  config: SessionConfig<Value, Transaction>,
  ports: SessionPorts,
): BrowserSessions<Value, Transaction> {
  const parsed = parseSessionConfig(config);
  const parseValue = catchAll(config.parseValue);
  const parseTransaction = catchAll(config.parseTransaction);
  const { nowMs } = ports;
  const mac = ports.mac ?? createWebCryptoMac();
  const names = createCookieNames(config.naming, mac);
  const textPorts = { mac, sealer: ports.sealer ?? createIronSealer(), nowMs };
  const texts = createSealedTexts(createKeyRing(parsed.cookieKeys, mac, config.boundTo), textPorts);
  const owned = createOwnedTexts(
    new Map([
      ["", texts],
      ...Object.entries(config.owners ?? {}).map(
        ([owner, boundTo]) =>
          [owner, createSealedTexts(createKeyRing(parsed.cookieKeys, mac, boundTo), textPorts)] as const,
      ),
    ]),
  );
  const ownerOf = config.ownerOf ?? (() => "");
  const attributes = (path: string, sameSite: "Strict" | "Lax"): CookieAttributes => ({
    path,
    sameSite,
    isSecure: names.isSecure,
  });
  const sessionAttributes = attributes("/", "Strict");
  const transactionAttributes = attributes("/", "Lax");
  const logoutAttributes = attributes((config.naming.basePath ?? "") + LOGOUT_PATH, "Strict");
  const logoutPlace = { purpose: "logout", name: names.logout, context: "" } as const;

  const readShown = (header: string | undefined): readonly ShownCookie[] =>
    parseCookieHeader(header, names.prefixes);
  const expireLogoutHint = (): readonly string[] => [formatExpiry(names.logout, logoutAttributes)];
  const cache = createOpenedCookieCache<Value>(config.openedCookies, nowMs);
  const openSessions = createSessionOpener<Value>({
    names,
    texts: owned,
    cache,
    nowMs,
    parseValue,
  });
  const transactions = createTransactions<Transaction>({
    names,
    texts,
    nowMs,
    attributes: transactionAttributes,
    parseTransaction,
    expireLogoutHint,
  });

  const expireNames = (expired: readonly string[]): readonly string[] =>
    expired.flatMap((name) => {
      const ours = names.parse(name);
      if (ours === undefined) return [];
      if (ours.kind === "logout") return expireLogoutHint();
      return [formatExpiry(name, ours.kind === "session" ? sessionAttributes : transactionAttributes)];
    });

  /** Of the other form of this cookie (whole or chunked) nothing may stay that breaks the budget or is taken for the session. */
  const otherForm = (base: string, count: number, length: number): readonly string[] => {
    if (count > 1) return [base];
    return length > SMALL_SESSION_BYTES ? [chunkName(base, 1), chunkName(base, 2)] : [];
  };

  return {
    create: () => createEnvelope(nowMs(), ports.randomBytes, parsed),
    open: (cookieHeader) => openSessions(readShown(cookieHeader)),
    seal: async (value, cookieHeader) => {
      const json = toJson(value);
      const owner = ownerOf(value);
      const reread = readEnvelopeVersion(json) === "current" ? parseValue(json, owner) : undefined;
      if (reread === undefined)
        throw new SessionError("value_unreadable", "a session value to be sealed wouldn't open again");
      const base = await names.session(value.sid);
      const remainingSeconds = Math.max(0, Math.ceil((value.absoluteDeadline - nowMs()) / 1000));
      let count = 1;
      const text = await owned.seal(
        owner,
        { purpose: "session", name: base, context: "" },
        json,
        remainingSeconds + SEAL_MARGIN_SECONDS,
        (length) => (count = Math.min(9, countChunks(base, length))),
      );
      if (text.length > MAX_SESSION_BYTES)
        return { kind: "too_large", report: reportSize(json, text.length) };
      cache.set(base, count, text, deepFreeze(reread));
      const cookies = splitText(text, base, count);
      const maxAgeSeconds = config.persistent ? remainingSeconds : undefined;
      const free = MAX_BYTES_A_REQUEST - shownBytes(cookies);
      const setCookie = [
        ...cookies.map((cookie) =>
          formatSetCookie(cookie.name, cookie.value, sessionAttributes, maxAgeSeconds),
        ),
        ...expireNames(otherForm(base, count, text.length)),
        ...expireNames(transactions.findExcess(readShown(cookieHeader), MAX_TRANSACTIONS, free)),
      ];
      return { kind: "sealed", setCookie };
    },
    touch: (value) => touchEnvelope(value, nowMs(), parsed),
    isTouchDue: (value) => isTouchDue(value, nowMs(), parsed),
    expire: expireNames,
    sealTransaction: async (transaction, state, cookieHeader) => {
      const json = toJson(transaction);
      if (parseTransaction(json) === undefined) {
        throw new SessionError("value_unreadable", "a pending sign-in to be sealed wouldn't open again");
      }
      return transactions.seal(json, state, readShown(cookieHeader));
    },
    openTransaction: async (cookieHeader, state) => transactions.open(readShown(cookieHeader), state),
    transactionName: async (state) => (await names.transaction(state)).name,
    sealLogoutHint: async ({ owner = "", ...hint }, beside, cookieHeader) => {
      const lifetimeSeconds = parsed.absoluteTimeoutMs / 1000;
      const text = await owned.seal(
        owner,
        logoutPlace,
        { ...hint },
        lifetimeSeconds + SEAL_MARGIN_SECONDS,
        () => 1,
      );
      const pending = readShown(cookieHeader).filter(
        ({ name }) =>
          names.parse(name)?.kind === "transaction" &&
          beside?.some((one) => one.startsWith(`${name}=`)) !== true,
      );
      const others =
        shownBytes(pending) +
        (beside?.reduce((sum, one) => sum + writtenBytes(one), 0) ?? RESERVED_SESSION_BYTES);
      const written = shownBytes([{ name: names.logout, value: text }]);
      if (written > Math.min(MAX_HINT_BYTES, MAX_BYTES_A_REQUEST - others)) return undefined;
      return [
        formatSetCookie(
          names.logout,
          text,
          logoutAttributes,
          config.persistent ? lifetimeSeconds : undefined,
        ),
      ];
    },
    openLogoutHint: async (cookieHeader) => {
      const cookie = readShown(cookieHeader).find(({ name }) => name === names.logout);
      if (cookie === undefined) return undefined;
      const opening = await owned.open(logoutPlace, cookie.value, 1);
      if (opening.kind !== "opened" || nowMs() >= opening.sealedAt + parsed.absoluteTimeoutMs)
        return undefined;
      const { idToken, sid } = opening.value;
      return typeof idToken === "string" && typeof sid === "string"
        ? { idToken, sid, owner: opening.owner }
        : undefined;
    },
    expireLogoutHint,
  };
}
