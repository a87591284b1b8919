import { describe, expect, it } from "vitest";
import { createManualClock } from "../fixtures/manual-clock.ts";
import { waitAtMost } from "./deadline.ts";

describe("a wait with an end", () => {
  it("ends with the answer, or at its time", async () => {
    const clock = createManualClock();
    expect(await waitAtMost(Promise.resolve(7), 0, clock)).toEqual({ kind: "answer", value: 7 });
    const never = waitAtMost(new Promise(() => undefined), 1_000, clock);
    await clock.advance(1_000);
    expect(await never).toEqual({ kind: "timeout" });
  });

  it("prefers an answer that arrived during a pause of the process", async () => {
    const clock = createManualClock();
    const late = Promise.withResolvers<string>();
    const wait = waitAtMost(late.promise, 1_000, clock);
    await clock.pauseProcess(60_000);
    await clock.advance(200);
    late.resolve("read after the timers");
    expect(await wait).toEqual({ kind: "answer", value: "read after the timers" });
  });

  it("rejects as what it waits for rejects", async () => {
    const clock = createManualClock();
    await expect(waitAtMost(Promise.reject(new RangeError("no")), 1_000, clock)).rejects.toThrow(RangeError);
  });
});
