import type { ExchangeTarget, TokenExchangeOutcome } from "@coatcheck/oauth";
import QuickLRU from "quick-lru";
import type { Core } from "../parts.ts";
import type { SignInProvider } from "../providers/sign-in-provider.ts";
import type { Access } from "../session/request-session.ts";
import type { IssuedToken } from "./bound-calls.ts";

/** A person's own access token, and until when it lives. */
export interface SubjectToken extends IssuedToken {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Tokens for other APIs that were given for people's own (RFC 8693), as long as both live. In this process alone. */
export interface ExchangedTokens {
  /** One token call for all calls that want the same at once. */
  get(
    own: SignInProvider,
    target: ExchangeTarget,
    subject: SubjectToken,
    facts: { readonly requestId: string },
  ): Promise<Access<IssuedToken>>;
  /** The API refused this one: the next call gets another, unless it is brand new. */
  drop(target: ExchangeTarget, subject: SubjectToken, refused: string): void;
}

interface Held extends IssuedToken {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

interface Entry {
  readonly answer: Promise<Access<IssuedToken>>;
  /** Absent while it is under way, and of a refusal. */
  held?: Held;
  isOver?: true;
}

const MAX_REMEMBERED = 5_000;
/** It may have to get through to an API yet. */
const SPARE_MS = 5_000;
const MAX_SPARE_FRACTION = 1 / 5;
/** A provider that hands out tokens which its APIs refuse isn't asked with every call. */
const DROP_AFTER_MS = 10_000;
/** So long a refusal stands, and an outage is believed: a page asks for many things at once, and again. */
const REFUSED_MS = 10_000;
const DOWN_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;
const REFUSALS: ReadonlySet<TokenExchangeOutcome["kind"]> = new Set(["terminal", "refused", "unreadable"]);

export function createExchangedTokens({
  nowMs,
  log,
  startTimer,
}: Pick<Core, "nowMs" | "log" | "startTimer">): ExchangedTokens {
  // By the person's own token: with a new one, or none, nothing of the old one's is found any more.
  const entries = new QuickLRU<string, Entry>({ maxSize: MAX_REMEMBERED });

  async function exchange(
    { provider }: SignInProvider,
    target: ExchangeTarget,
    { token: subjectToken, dpopKey, expiresAt: subjectExpiresAt }: SubjectToken,
    { requestId }: { readonly requestId: string },
  ): Promise<Held | (Extract<Access<never>, { readonly kind: "denied" }> & { readonly forMs: number })> {
    const key = dpopKey === undefined ? {} : { dpopKey };
    const outcome = await provider.exchangeToken({ ...target, subjectToken, ...key });
    if (outcome.kind === "success") {
      const { accessToken: token, issuedAt, expiresAt } = outcome.tokens;
      return {
        token,
        issuedAt,
        expiresAt: Math.min(expiresAt, subjectExpiresAt),
        ...(outcome.isBound ? key : {}),
      };
    }
    const { kind, reason } = outcome;
    const isRefused = REFUSALS.has(kind);
    const { audience, resource } = target;
    log({ level: "warn", event: "token_exchange_failed", requestId, audience, resource, kind, reason });
    return {
      kind: "denied",
      problem: isRefused
        ? { code: "resource_unavailable" }
        : { code: "provider_unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS },
      forMs: isRefused ? REFUSED_MS : DOWN_MS,
    };
  }

  function isUsable({ held, isOver }: Entry): boolean {
    if (isOver === true) return false;
    return held === undefined || nowMs() < held.expiresAt - spareOf(held);
  }

  return {
    get(own, target, subject, facts) {
      const place = placeOf(target, subject);
      const known = entries.get(place);
      if (known !== undefined && isUsable(known)) return known.answer;
      const exchanging = exchange(own, target, subject, facts);
      const entry: Entry = {
        answer: exchanging.then((end) =>
          "token" in end ? { kind: "granted", value: end } : { kind: "denied", problem: end.problem },
        ),
      };
      entries.set(place, entry);
      exchanging.then(
        (end) => {
          if ("token" in end) entry.held = end;
          else startTimer(() => void (entry.isOver = true), end.forMs);
        },
        () => void (entry.isOver = true),
      );
      return entry.answer;
    },
    drop(target, subject, refused) {
      const entry = entries.get(placeOf(target, subject));
      const { held } = entry ?? {};
      if (entry !== undefined && held?.token === refused && nowMs() - held.issuedAt >= DROP_AFTER_MS)
        entry.isOver = true;
    },
  };
}

function placeOf({ audience, resource, scope }: ExchangeTarget, { token }: SubjectToken): string {
  return JSON.stringify([audience, resource, scope, token]);
}

function spareOf({ issuedAt, expiresAt }: Held): number {
  return Math.min(SPARE_MS, (expiresAt - issuedAt) * MAX_SPARE_FRACTION);
}
