import type { Mutant } from "../mutation.ts";

const tests = ["packages/session/src"];

function inSession(file: string, from: string, to: string, breaks: string): Mutant {
  return { file: `packages/session/src/${file}.ts`, from, to, breaks, tests };
}

export const SESSION_MUTANTS: readonly Mutant[] = [
  inSession(
    "open-sessions",
    "(await names.session(value.sid)) !== base",
    "base.length === 0",
    "S-059: a session opens only under the cookie name that its sid gives",
  ),
  inSession(
    "open-sessions",
    "nowMs() >= value.absoluteDeadline",
    "nowMs() > value.absoluteDeadline + 86_400_000",
    "S-062: the absolute deadline inside the seal ends a session",
  ),
  inSession(
    "open-sessions",
    "nowMs() >= value.idleDeadline",
    "nowMs() >= value.absoluteDeadline",
    "S-062: a cookie past its idle deadline says so",
  ),
  inSession(
    "open-sessions",
    'version === "newer" ? "unreadable" : "broken"',
    '"broken"',
    "S-064: a value of a newer version is kept",
  ),
  inSession(
    "open-sessions",
    "b.value.createdAt - a.value.createdAt",
    "a.value.createdAt - b.value.createdAt",
    "of several sessions the newest comes first",
  ),
  inSession(
    "open-sessions",
    "const place = `${base} ${chunkCount}`;",
    "const place = String(chunkCount);",
    "S-059: what a process remembers of a cookie counts in its own place only",
  ),
  inSession(
    "sealed-text",
    "parsed.chunkCount !== chunkCount",
    "parsed.chunkCount === 0",
    "S-065: a chunk count that isn't the one of the tag is refused",
  ),
  inSession(
    "sealed-text",
    "[VERSION, place.purpose, place.name,",
    "[VERSION, place.purpose,",
    "S-059: the tag binds the cookie's name",
  ),
  inSession(
    "sealed-text",
    "place.context, keyId,",
    "keyId,",
    "S-059: the tag binds a transaction to its whole state",
  ),
  inSession(
    "sealed-text",
    'if (!(await ports.mac.verify(keys.tagKey, parsed.tag, input))) return { kind: "broken" };',
    "void input;",
    "S-058: a text with a forged tag doesn't open",
  ),
  inSession(
    "sealed-text",
    'if (keys === undefined) return { kind: "unreadable" };',
    'if (keys === undefined) return { kind: "broken" };',
    "S-060: a cookie of an unknown key is kept",
  ),
  inSession(
    "key-ring",
    "${purpose} for ${boundTo}",
    "${purpose}",
    "S-059: keys are bound to origin, provider and client",
  ),
  inSession(
    "key-ring",
    "await derive(`seal ${purpose}`)",
    'await derive("seal")',
    "S-058: each purpose has a key of its own for its seals",
  ),
  inSession(
    "envelope",
    "Math.min(value.absoluteDeadline, touchedAt + lifetimes.idleTimeoutMs)",
    "touchedAt + lifetimes.idleTimeoutMs",
    "S-062: extending never goes past the absolute deadline",
  ),
  inSession(
    "envelope",
    "Math.max(value.touchedAt, nowMs)",
    "nowMs",
    "S-144: a clock that goes back moves no deadline",
  ),
  inSession("set-cookie", "Path=${path}; HttpOnly;", "Path=${path};", "S-055: no script reads our cookies"),
  inSession(
    "create-browser-sessions",
    "nowMs() >= opening.sealedAt + parsed.absoluteTimeoutMs",
    "nowMs() < opening.sealedAt",
    "a logout hint lives no longer than a session may",
  ),
  inSession(
    "transactions",
    "nowMs() >= opening.sealedAt + TRANSACTION_LIFETIME_MS",
    "nowMs() < opening.sealedAt",
    "S-057: a pending sign-in is over after ten minutes",
  ),
  inSession(
    "cookie-header",
    "&& !found.has(name)",
    "",
    "S-071: of a cookie name shown twice the first counts",
  ),
  inSession(
    "opened-cookie-cache",
    "now - openedAt >= limits.maxAgeMs",
    "now - openedAt >= limits.maxAgeMs * 10",
    "what a process remembers of a cookie is forgotten after its time",
  ),
];
