import type { SizeReport } from "./browser-sessions.ts";

const MAX_PATHS = 5;
/** An object whose largest member takes less than this share is itself what is large. */
const DOMINANT_SHARE = 0.25;

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? "").length;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function measure(path: string, value: unknown, into: { path: string; bytes: number }[]): void {
  const bytes = byteLength(value);
  const members = isPlainObject(value) ? Object.entries(value) : [];
  const largest = Math.max(0, ...members.map(([, member]) => byteLength(member)));
  if (members.length > 0 && (path === "" || largest >= bytes * DOMINANT_SHARE)) {
    for (const [key, member] of members) measure(path === "" ? key : `${path}.${key}`, member, into);
  } else if (path !== "") {
    into.push({ path, bytes });
  }
}

/** Names the paths that make a value large, largest first. It holds names and sizes, never contents. */
export function reportSize(value: unknown, totalBytes: number): SizeReport {
  const paths: { path: string; bytes: number }[] = [];
  measure("", value, paths);
  return { totalBytes, largest: paths.toSorted((a, b) => b.bytes - a.bytes).slice(0, MAX_PATHS) };
}
