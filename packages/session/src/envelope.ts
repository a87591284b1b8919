import type { SessionEnvelope } from "./browser-sessions.ts";
import { encodeBase64url } from "./base64url.ts";

const SID_BYTES = 16;
const MIN_TOUCH_MS = 60_000;

/** The two lifetimes of a session, in milliseconds. */
export interface Lifetimes {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
}

/** Makes the envelope of a session that begins now. */
export function createEnvelope(
  nowMs: number,
  randomBytes: (length: number) => Uint8Array,
  lifetimes: Lifetimes,
): SessionEnvelope {
  return {
    v: 1,
    sid: encodeBase64url(randomBytes(SID_BYTES)),
    createdAt: nowMs,
    touchedAt: nowMs,
    idleDeadline: nowMs + lifetimes.idleTimeoutMs,
    absoluteDeadline: nowMs + lifetimes.absoluteTimeoutMs,
  };
}

/** Moves the idle deadline; a clock that went back moves nothing. */
export function touchEnvelope<Value extends SessionEnvelope>(
  value: Value,
  nowMs: number,
  lifetimes: Lifetimes,
): Value {
  const touchedAt = Math.max(value.touchedAt, nowMs);
  return {
    ...value,
    touchedAt,
    idleDeadline: Math.min(value.absoluteDeadline, touchedAt + lifetimes.idleTimeoutMs),
  };
}

/** A tenth of the idle time has passed, at least 60 s; half of it where the idle time is below two minutes, since 60 s would come too late. */
export function isTouchDue(value: SessionEnvelope, nowMs: number, { idleTimeoutMs }: Lifetimes): boolean {
  return nowMs - value.touchedAt >= Math.min(Math.max(MIN_TOUCH_MS, idleTimeoutMs / 10), idleTimeoutMs / 2);
}

function isInstant(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Checks what every value carries: `newer` for a format that a later release wrote. */
export function readEnvelopeVersion(json: {
  readonly [key: string]: unknown;
}): "current" | "newer" | "broken" {
  if (typeof json["v"] === "number" && json["v"] > 1) return "newer";
  const isEnvelope =
    json["v"] === 1 &&
    typeof json["sid"] === "string" &&
    json["sid"] !== "" &&
    ["createdAt", "touchedAt", "idleDeadline", "absoluteDeadline"].every((key) => isInstant(json[key]));
  return isEnvelope ? "current" : "broken";
}
