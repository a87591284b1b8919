import type { DemoEvent } from "@coatcheck/contract";
import { HOW, type RefreshEvent } from "../events/say-how.ts";

/** One line of the table, and of the drawing's reading; instants in ms since the epoch. */
export type TimelineRow = {
  key: string;
  at: number;
  what: string;
  outcome: string;
  tookMs?: number;
  coat?: number;
};

/** An access token's life; `lane` alternates, so that overlap shows. */
export type Life = { key: string; coat: number; startAt: number; endAt: number; lane: 0 | 1 };

export type RefreshShape = "background" | "led" | "joined" | "replayed" | "explicit" | "failed";

export type RefreshMark = { key: string; at: number; shape: RefreshShape };

export type CallTick = { key: string; at: number; isRefused: boolean };

/** When the provider didn't answer; `endAt` is open while it still doesn't. */
export type SeenOutage = { key: string; startAt: number; endAt: number | undefined };

export type Cut = { key: string; at: number };

export type Timeline = {
  lives: readonly Life[];
  refreshes: readonly RefreshMark[];
  calls: readonly CallTick[];
  outages: readonly SeenOutage[];
  /** Where tokens were marked expired. */
  cuts: readonly Cut[];
  /** The same, in words; oldest first. */
  rows: readonly TimelineRow[];
};

type Of<Kind extends DemoEvent["kind"]> = Extract<DemoEvent, { kind: Kind }>;

const SUCCESSES: ReadonlySet<RefreshEvent["outcome"]> = new Set(["led", "window"]);
const NOT_ANSWERED: ReadonlySet<RefreshEvent["outcome"]> = new Set([
  "refused",
  "client",
  "unsent",
  "ambiguous",
  "unreadable",
]);

/** Sorts what happened in the last `spanMs` into what the drawing and the table show, one row for each thing drawn. */
export function readTimeline(events: readonly DemoEvent[], nowMs: number, spanMs: number): Timeline {
  const fromMs = nowMs - spanMs;
  const isSeen = ({ at }: { at: number }) => at >= fromMs;
  const lives = readLives(events).filter(({ endAt }) => endAt > fromMs);
  const outages = readOutages(events).filter(({ endAt = nowMs }) => endAt > fromMs);
  const refreshes = events.filter((event) => event.kind === "refresh").filter(isSeen);
  const calls = events.filter((event) => event.kind === "call").filter(isSeen);
  const cuts = events.filter((event) => event.kind === "expired").filter(isSeen);
  const rows = [
    ...lives.map(rowOfLife),
    ...outages.map((outage) => rowOfOutage(outage, nowMs)),
    ...refreshes.map(rowOfRefresh),
    ...calls.map(rowOfCall),
    ...cuts.map(rowOfCut),
  ];
  return {
    lives,
    outages,
    refreshes: refreshes.map((event) => ({ key: keyOf(event), at: event.at, shape: shapeOf(event) })),
    calls: calls.map((event) => ({ key: keyOf(event), at: event.at, isRefused: event.status >= 400 })),
    cuts: cuts.map((event) => ({ key: keyOf(event), at: event.at })),
    rows: rows.toSorted((a, b) => a.at - b.at),
  };
}

function readLives(events: readonly DemoEvent[]): Life[] {
  const cuts = events.filter((event) => event.kind === "expired");
  return events
    .filter((event) => event.kind === "token")
    .toSorted((a, b) => a.at - b.at)
    .map((token, index) => {
      const cut = cuts.find(
        ({ at, resource = token.resource }) => at >= token.at && resource === token.resource,
      );
      return {
        key: keyOf(token),
        coat: token.generation,
        startAt: token.at,
        endAt: Math.min(token.expiresAt, cut?.at ?? Infinity),
        lane: index % 2 === 0 ? 0 : 1,
      };
    });
}

/** From the beginning of the first refresh that nobody answered to the next that was. */
function readOutages(events: readonly DemoEvent[]): SeenOutage[] {
  const outages: SeenOutage[] = [];
  let open: SeenOutage | undefined;
  for (const event of events) {
    if (event.kind !== "refresh") continue;
    if (NOT_ANSWERED.has(event.outcome) && open === undefined) {
      open = { key: `outage-${event.id}`, startAt: event.at - event.durationMs, endAt: undefined };
      outages.push(open);
    }
    if (SUCCESSES.has(event.outcome) && open !== undefined) {
      open.endAt = event.at;
      open = undefined;
    }
  }
  return outages;
}

function keyOf({ kind, id }: DemoEvent): string {
  return `${kind}-${id}`;
}

function shapeOf({ outcome, trigger }: RefreshEvent): RefreshShape {
  if (outcome === "window") return "background";
  if (outcome === "joined" || outcome === "replayed") return outcome;
  if (outcome !== "led") return "failed";
  return trigger === "explicit" ? "explicit" : "led";
}

function rowOfLife({ key, coat, startAt, endAt }: Life): TimelineRow {
  const seconds = Math.max(0, Math.round((endAt - startAt) / 1000));
  return { key, at: startAt, what: "Access token", outcome: `Good for ${seconds} s`, coat };
}

function rowOfOutage({ key, startAt, endAt }: SeenOutage, nowMs: number): TimelineRow {
  const seconds = Math.round(((endAt ?? nowMs) - startAt) / 1000);
  const outcome = endAt === undefined ? `For ${seconds} s so far` : `For ${seconds} s`;
  return { key, at: startAt, what: "Provider not answering", outcome };
}

function rowOfRefresh(event: RefreshEvent): TimelineRow {
  const { at, trigger, outcome, durationMs: tookMs, generation: coat } = event;
  return {
    key: keyOf(event),
    at,
    what: trigger === "explicit" ? "Explicit refresh" : "Refresh",
    outcome: HOW[outcome],
    tookMs,
    coat,
  };
}

function rowOfCall(event: Of<"call">): TimelineRow {
  return {
    key: keyOf(event),
    at: event.at,
    what: `Call of ${event.route}`,
    outcome: String(event.status),
    tookMs: event.durationMs,
  };
}

function rowOfCut(event: Of<"expired">): TimelineRow {
  return { key: keyOf(event), at: event.at, what: "Access token", outcome: "Marked expired on purpose" };
}
