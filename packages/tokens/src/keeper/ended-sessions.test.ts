import { afterEach, describe, expect, it, vi } from "vitest";
import { SYSTEM_TIMERS } from "../timer-ports.ts";
import { createEndedSessions } from "./ended-sessions.ts";

const LIFE_MS = 60_000;
const COUNT = 50_000;

/** How many entries are looked at, and how many there were at the last look. */
function watchLooks(): { looked: number; last: number } {
  const looks = { looked: 0, last: 0 };
  const iterate = Map.prototype[Symbol.iterator];
  vi.spyOn(Map.prototype, Symbol.iterator).mockImplementation(function counted(this: Map<unknown, unknown>) {
    looks.looked += this.size;
    looks.last = this.size;
    return iterate.call(this);
  });
  return looks;
}

describe("the copy of what has ended", () => {
  afterEach(() => vi.restoreAllMocks());

  function fill(nowMs: () => number, add: (key: string, now: number) => void): void {
    for (let index = 0; index < COUNT; index += 1) add(`key-${nowMs()}-${index}`, nowMs());
  }

  function create(nowMs: () => number) {
    const keys = { record: "", tombstones: [], logId: "" };
    return createEndedSessions(
      { keysOf: () => Promise.resolve(keys), catchUp: undefined },
      { ...SYSTEM_TIMERS, nowMs },
    );
  }

  it("is looked through a few times for each addition, however many there are", () => {
    const looks = watchLooks();
    const ended = create(() => 0);
    fill(
      () => 0,
      (key) => ended.add({ kind: "session", key, reason: "signed_out", keepMs: LIFE_MS }),
    );
    expect(looks.looked).toBeGreaterThan(0);
    expect(looks.looked).toBeLessThan(4 * COUNT);
  });

  it("holds half as much again as lives, at most", () => {
    const looks = watchLooks();
    let now = 0;
    const ended = create(() => now);
    for (; now < 5 * LIFE_MS; now += LIFE_MS) {
      fill(
        () => now,
        (key) => ended.add({ kind: "tombstone", key, iat: 1, keepMs: LIFE_MS }),
      );
    }
    expect(looks.last).toBeGreaterThan(0);
    expect(looks.last).toBeLessThanOrEqual(1.5 * COUNT);
  });
});
