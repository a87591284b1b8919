import { describe, expect, it } from "vitest";
import { Cancellation, toAbortSignal } from "./cancellation.ts";

describe("a cancellation", () => {
  it("calls each listener once, and none that was taken off", () => {
    const cancellation = new Cancellation();
    const called: string[] = [];
    const first = (): void => void called.push("first");
    const second = (): void => void called.push("second");
    cancellation.addEventListener("abort", first);
    cancellation.addEventListener("abort", second);
    cancellation.removeEventListener("abort", first);
    expect(cancellation.aborted).toBe(false);
    cancellation.cancel();
    cancellation.cancel();
    expect(called).toEqual(["second"]);
    expect(cancellation.aborted).toBe(true);
  });

  it("reaches who takes the platform's kind only, also where it has fired already", () => {
    const cancellation = new Cancellation();
    const early = toAbortSignal(cancellation);
    expect(early.aborted).toBe(false);
    cancellation.cancel();
    expect([early.aborted, toAbortSignal(cancellation).aborted]).toEqual([true, true]);
  });

  it("is the platform's own where that is what there is", () => {
    const { signal } = new AbortController();
    expect(toAbortSignal(signal)).toBe(signal);
  });
});
