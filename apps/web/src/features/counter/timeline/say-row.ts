import type { TimelineRow } from "./read-timeline.ts";

/** `0:07`, `1:44`: how long ago. */
export function sayAgo(at: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - at) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `268 ms`, and nothing where nothing took time. */
export function sayTook({ tookMs }: TimelineRow): string {
  if (tookMs === undefined) return "";
  return `${tookMs < 1 ? "< 1" : Math.round(tookMs)} ms`;
}

/** A row as one sentence after another, without its time. */
export function sayRow(row: TimelineRow): string {
  const took = sayTook(row);
  return [
    `${row.what}: ${row.outcome}.`,
    took === "" ? "" : `${took}.`,
    row.coat === undefined ? "" : `Coat ${row.coat}.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}
