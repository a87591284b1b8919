import type { DemoEvent } from "@coatcheck/contract";
import { describe, expect, it } from "vitest";
import { createPlotScale, mergeNear } from "./plot-scale.ts";
import { readTimeline } from "./read-timeline.ts";
import { sayAgo, sayRow } from "./say-row.ts";

const NOW = 1_000_000;
const MINUTE = 60_000;

type Refresh = Extract<DemoEvent, { kind: "refresh" }>;

let lastId = 0;
function refresh(at: number, more: Partial<Refresh> = {}): Refresh {
  const id = (lastId += 1);
  const usual = {
    outcome: "led",
    trigger: "implicit",
    resource: "",
    durationMs: 200,
    generation: 1,
  } as const;
  return { kind: "refresh", id, at, ...usual, ...more };
}
function token(at: number, expiresAt: number, generation: number, resource = ""): DemoEvent {
  return { kind: "token", id: (lastId += 1), at, resource, generation, expiresAt };
}
function call(at: number, status = 200): DemoEvent {
  return { kind: "call", id: (lastId += 1), at, route: "/api/notes", status, durationMs: 12.4 };
}
function expired(at: number, resource?: string): DemoEvent {
  return { kind: "expired", id: (lastId += 1), at, ...(resource === undefined ? {} : { resource }) };
}

describe("the timeline", () => {
  it("has a row for each thing that it draws, and nothing else", () => {
    const events = [
      token(NOW - 100_000, NOW - 70_000, 1),
      expired(NOW - 95_000),
      refresh(NOW - 90_000, { outcome: "unsent" }),
      refresh(NOW - 80_000),
      token(NOW - 80_000, NOW - 50_000, 2),
      refresh(NOW - 79_900, { outcome: "joined" }),
      call(NOW - 79_000),
      call(NOW - 10_000, 503),
      call(NOW - 200_000),
    ];
    const { rows, ...drawn } = readTimeline(events, NOW, 3 * MINUTE);
    const keys = Object.values(drawn).flatMap((marks) => marks.map(({ key }) => key));
    expect(keys.toSorted()).toEqual(rows.map(({ key }) => key).toSorted());
    expect(rows).toHaveLength(9);
    expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).toSorted((a, b) => a - b));
  });

  it("ends a token's life where it was marked expired, and only that of the resource that was meant", () => {
    const events = [
      token(NOW - 50_000, NOW - 20_000, 1, "notes"),
      token(NOW - 50_000, NOW - 20_000, 1, "other"),
      expired(NOW - 40_000, "notes"),
      token(NOW - 35_000, NOW - 5_000, 2, "notes"),
    ];
    const { lives } = readTimeline(events, NOW, MINUTE);
    expect(lives.map(({ endAt }) => NOW - endAt)).toEqual([40_000, 20_000, 5_000]);
  });

  it("draws a life that began before the span and isn't over in it", () => {
    const events = [token(NOW - 70_000, NOW - 30_000, 1), token(NOW - 300_000, NOW - 200_000, 0)];
    expect(readTimeline(events, NOW, MINUTE).lives.map(({ coat }) => coat)).toEqual([1]);
  });

  it.each<[Partial<Refresh>, string]>([
    [{ outcome: "window" }, "background"],
    [{ outcome: "led" }, "led"],
    [{ outcome: "led", trigger: "explicit" }, "explicit"],
    [{ outcome: "joined" }, "joined"],
    [{ outcome: "replayed" }, "replayed"],
    [{ outcome: "unsent" }, "failed"],
    [{ outcome: "terminal" }, "failed"],
    [{ outcome: "client", trigger: "explicit" }, "failed"],
  ])("gives a refresh %j the shape %s", (how, shape) => {
    expect(readTimeline([refresh(NOW - 1_000, how)], NOW, MINUTE).refreshes).toMatchObject([{ shape }]);
  });

  it.each(["refused", "client", "unsent", "ambiguous", "unreadable"] as const)(
    "begins an outage with a refresh that ended %s, and ends it with the next that succeeded",
    (outcome) => {
      const events = [
        refresh(NOW - 30_000, { outcome, durationMs: 1_000 }),
        refresh(NOW - 20_000, { outcome }),
        refresh(NOW - 10_000),
      ];
      expect(readTimeline(events, NOW, MINUTE).outages).toMatchObject([
        { startAt: NOW - 31_000, endAt: NOW - 10_000 },
      ]);
      expect(readTimeline(events.slice(0, 2), NOW, MINUTE).outages).toMatchObject([{ endAt: undefined }]);
    },
  );

  it("says rows in sentences", () => {
    const { rows } = readTimeline([refresh(NOW - 104_000, { generation: 15 })], NOW, 3 * MINUTE);
    const [row] = rows;
    if (row === undefined) throw new Error("no row");
    expect(sayAgo(row.at, NOW)).toBe("1:44");
    expect(sayRow(row)).toBe("Refresh: One token call, led by this request. 200 ms. Coat 15.");
  });
});

describe("the scale", () => {
  it.each([
    [330, 1],
    [872, 3],
    [990, 5],
  ])("%i px show %i minutes, now and some of what is to come", (width, minutes) => {
    const scale = createPlotScale(width, NOW);
    expect(scale.spanMs).toBe(minutes * MINUTE);
    expect(scale.x(NOW - scale.spanMs)).toBe(scale.left);
    expect(scale.x(NOW)).toBeLessThan(width - 20);
    expect(scale.x(NOW + scale.spanMs / 6)).toBeCloseTo(width - 4);
  });

  it("merges what stands within 3 px, and loses none", () => {
    const marks = [0, 2, 4, 9, 20].map((at) => ({ at }));
    expect(mergeNear(marks, (at) => at, 3)).toEqual([
      [{ at: 0 }, { at: 2 }],
      [{ at: 4 }],
      [{ at: 9 }],
      [{ at: 20 }],
    ]);
  });
});
