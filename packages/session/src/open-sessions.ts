import type { OpenedCookies, OpenedSession, SessionEnvelope } from "./browser-sessions.ts";
import { MAX_BYTES_A_REQUEST, shownBytes } from "./budget.ts";
import type { ShownCookie } from "./cookie-header.ts";
import { chunkName, type CookieNames } from "./cookie-names.ts";
import { readEnvelopeVersion } from "./envelope.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { OpenedCookieCache } from "./opened-cookie-cache.ts";
import type { OwnedTexts } from "./owned-texts.ts";
import { MAX_CHUNKS, readSealedHead } from "./sealed-text.ts";

/** More than fit in a header of 16 KiB: the rest of a flood stays closed. */
const MAX_BASES = 64;

interface Candidate {
  readonly text: string;
  readonly names: readonly string[];
  readonly sealedAt: number;
}

type Verdict<Value extends SessionEnvelope> =
  | { readonly kind: "opened"; readonly session: OpenedSession<Value>; readonly leftover: readonly string[] }
  | { readonly kind: "expired"; readonly session: OpenedSession<Value> }
  | { readonly kind: "unreadable" | "broken" };

type Chunks = ReadonlyMap<number, ShownCookie>;

/** Puts chunks together if they say of how many they are, and all of those are there; others are leftovers. */
function joinChunks(base: string, chunks: Chunks): Candidate | undefined {
  const first = chunks.get(1);
  if (first === undefined) return undefined;
  const head = readSealedHead(first.value);
  const count = head?.chunkCount ?? 1;
  if (count === 1) return { text: first.value, names: [first.name], sealedAt: 0 };
  const names = Array.from({ length: Math.min(count, MAX_CHUNKS) }, (_, index) => chunkName(base, index + 1));
  const text = names.map((_, index) => chunks.get(index + 1)?.value ?? "").join("");
  return { text, names, sealedAt: head?.sealedAt ?? 0 };
}

/** Whole and chunked forms of one session, the one written last first. */
function findCandidates(base: string, chunks: Chunks): readonly Candidate[] {
  const shown = chunks.get(0);
  const joined = joinChunks(base, chunks);
  if (shown === undefined) return joined === undefined ? [] : [joined];
  const whole = { text: shown.value, names: [shown.name], sealedAt: 0 };
  if (joined === undefined) return [whole];
  const wholeSealedAt = readSealedHead(shown.value)?.sealedAt ?? 0;
  return joined.sealedAt > wholeSealedAt ? [joined, whole] : [whole, joined];
}

/** What of the cookies shown is ours. */
interface Sorted {
  readonly ours: readonly ShownCookie[];
  readonly sessions: ReadonlyMap<string, Map<number, ShownCookie>>;
  readonly transactions: readonly ShownCookie[];
}

function sortOut(shown: readonly ShownCookie[], names: CookieNames): Sorted {
  const ours: ShownCookie[] = [];
  const sessions = new Map<string, Map<number, ShownCookie>>();
  const transactions: ShownCookie[] = [];
  for (const cookie of shown) {
    const parsed = names.parse(cookie.name);
    if (parsed === undefined) continue;
    ours.push(cookie);
    if (parsed.kind === "transaction") transactions.push(cookie);
    if (parsed.kind !== "session") continue;
    const chunks = sessions.get(parsed.base) ?? new Map<number, ShownCookie>();
    chunks.set(parsed.chunk, cookie);
    sessions.set(parsed.base, chunks);
  }
  return { ours, sessions, transactions };
}

/** Names to remove, cheapest loss first, until the rest stays within the budget. Opened sessions are never among them. */
function findExcess(
  shown: readonly ShownCookie[],
  expendable: readonly string[],
  kept: readonly string[],
): readonly string[] {
  if (shownBytes(shown) <= MAX_BYTES_A_REQUEST) return [];
  let excess = shownBytes(shown.filter(({ name }) => !kept.includes(name))) - MAX_BYTES_A_REQUEST;
  const removed: string[] = [];
  for (const name of expendable) {
    if (excess <= 0) break;
    excess -= shownBytes(shown.filter((cookie) => cookie.name === name));
    removed.push(name);
  }
  return removed;
}

/** Reads the session cookies of a request. */
export function createSessionOpener<Value extends SessionEnvelope>(ports: {
  readonly names: CookieNames;
  readonly texts: OwnedTexts;
  readonly cache: OpenedCookieCache<Value>;
  readonly nowMs: () => number;
  readonly parseValue: (json: unknown, owner: string) => Value | undefined;
}): (shown: readonly ShownCookie[]) => Promise<OpenedCookies<Value>> {
  const { names, texts, cache, nowMs, parseValue } = ports;

  /** Everything about a text that stays true of it for ever. */
  const unseal = async (
    base: string,
    text: string,
    chunkCount: number,
  ): Promise<Value | "unreadable" | "broken"> => {
    const opening = await texts.open({ purpose: "session", name: base, context: "" }, text, chunkCount);
    if (opening.kind !== "opened") return opening.kind;
    const version = readEnvelopeVersion(opening.value);
    if (version !== "current") return version === "newer" ? "unreadable" : "broken";
    const value = parseValue(opening.value, opening.owner);
    return value === undefined || (await names.session(value.sid)) !== base ? "broken" : deepFreeze(value);
  };

  /** Deadlines are judged here, for each request. */
  const judge = (base: string, value: Value): Verdict<Value> => {
    const now = nowMs();
    const session = { name: base, value, isPastIdleDeadline: now >= value.idleDeadline };
    return now >= value.absoluteDeadline
      ? { kind: "expired", session }
      : { kind: "opened", session, leftover: [] };
  };

  const openCandidate = (
    base: string,
    { names: from, text }: Candidate,
  ): Verdict<Value> | Promise<Verdict<Value>> => {
    const chunkCount = from[0] === base ? 1 : Math.max(2, from.length);
    const known = cache.get(base, chunkCount, text);
    if (known !== undefined) return judge(base, known);
    return unseal(base, text, chunkCount).then((value) => {
      if (value === "unreadable" || value === "broken") return { kind: value };
      cache.set(base, chunkCount, text, value);
      return judge(base, value);
    });
  };

  const openBase = async (base: string, chunks: Chunks): Promise<Verdict<Value>> => {
    const verdicts: Verdict<Value>[] = [];
    for (const candidate of findCandidates(base, chunks)) {
      const opening = openCandidate(base, candidate);
      const verdict = opening instanceof Promise ? await opening : opening;
      if (verdict.kind === "opened") {
        const leftover = Array.from(chunks.values(), ({ name }) => name).filter(
          (name) => !candidate.names.includes(name),
        );
        return { ...verdict, leftover };
      }
      verdicts.push(verdict);
    }
    const rank = (kind: Verdict<Value>["kind"]): Verdict<Value> | undefined =>
      verdicts.find((one) => one.kind === kind);
    return rank("unreadable") ?? rank("expired") ?? { kind: "broken" };
  };

  /** What nearly every request shows: one whole cookie, which was opened before. */
  const openOnlyOne = ([only, ...others]: readonly ShownCookie[]): OpenedCookies<Value> | undefined => {
    if (only === undefined || others.length > 0) return undefined;
    const known = cache.get(only.name, 1, only.value);
    const verdict = known === undefined ? undefined : judge(only.name, known);
    if (verdict?.kind !== "opened") return undefined;
    return { sessions: [verdict.session], unreadable: [], broken: [], expired: [], shown: [only.name] };
  };

  return async (shown) => {
    const opened = openOnlyOne(shown);
    if (opened !== undefined) return opened;
    const sorted = sortOut(shown, names);
    const { ours } = sorted;
    const sessions: OpenedSession<Value>[] = [];
    const unreadable: string[] = [];
    const broken: string[] = [];
    const leftover: string[] = [];
    const expired: OpenedSession<Value>[] = [];
    for (const [base, chunks] of Array.from(sorted.sessions).slice(0, MAX_BASES)) {
      const verdict = await openBase(base, chunks);
      const namesOfBase = Array.from(chunks.values(), ({ name }) => name);
      if (verdict.kind === "opened") {
        sessions.push(verdict.session);
        leftover.push(...verdict.leftover);
      } else if (verdict.kind === "unreadable") {
        unreadable.push(...namesOfBase);
      } else {
        broken.push(...namesOfBase);
        if (verdict.kind === "expired") expired.push(verdict.session);
      }
    }
    const transactions = sorted.transactions.toSorted(
      (a, b) => (readSealedHead(a.value)?.sealedAt ?? 0) - (readSealedHead(b.value)?.sealedAt ?? 0),
    );
    const expendable = [...leftover, ...transactions.map(({ name }) => name), ...unreadable];
    return {
      sessions: sessions.toSorted(
        (a, b) => b.value.createdAt - a.value.createdAt || b.value.touchedAt - a.value.touchedAt,
      ),
      unreadable,
      broken: [...broken, ...findExcess(ours, expendable, broken)],
      expired,
      shown: ours.map(({ name }) => name),
    };
  };
}
