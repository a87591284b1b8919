import { describe, expect, it } from "vitest";
import { type Circuit, type CircuitChange, type CircuitPass, createCircuit } from "./upstream-circuit.ts";

const LIMITS = { failures: 4, windowMs: 1_000, retryMs: 100 };
const PATIENCE_MS = 5_000;

function bench() {
  let nowMs = 0;
  const changes: CircuitChange[] = [];
  const circuit = createCircuit(
    LIMITS,
    () => nowMs,
    (change) => changes.push(change),
  );
  const pass = (): CircuitPass => {
    const admission = circuit.admit(PATIENCE_MS);
    if (admission.kind === "refused") throw new Error("refused");
    return admission;
  };
  return {
    circuit,
    changes,
    pass,
    advance: (ms: number) => void (nowMs += ms),
    fail: (times: number) => {
      for (let call = 0; call < times; call += 1) pass().settle("failed", "ECONNREFUSED");
    },
    reach: (times: number) => {
      for (let call = 0; call < times; call += 1) pass().settle("reached");
    },
  };
}
const admits = (circuit: Circuit): boolean => circuit.admit(PATIENCE_MS).kind === "admitted";

describe("a circuit", () => {
  it.each([
    ["fewer failures than it takes", [["fail", 3]], false],
    ["as many as it takes", [["fail", 4]], true],
    [
      "half of all calls",
      [
        ["reach", 4],
        ["fail", 4],
      ],
      true,
    ],
    [
      "less than half",
      [
        ["reach", 5],
        ["fail", 4],
      ],
      false,
    ],
    [
      "failures that are too old",
      [
        ["fail", 3],
        ["advance", 1_100],
        ["fail", 1],
      ],
      false,
    ],
    [
      "answers that are too old",
      [
        ["reach", 50],
        ["advance", 1_100],
        ["fail", 4],
      ],
      true,
    ],
    [
      "a window over which they are spread",
      [
        ["fail", 2],
        ["advance", 500],
        ["fail", 1],
        ["advance", 300],
        ["fail", 1],
      ],
      true,
    ],
  ] as const)("with %s", (_, steps, isOpen) => {
    const { circuit, changes, ...act } = bench();
    for (const [step, value] of steps) act[step](value);
    expect(circuit.isOpen()).toBe(isOpen);
    expect(changes).toEqual(isOpen ? [{ isOpen: true, reason: "ECONNREFUSED" }] : []);
  });

  it("says when it may be tried, and lets one through then, whose answer closes it", () => {
    const { circuit, changes, fail, advance, pass } = bench();
    fail(4);
    expect(circuit.admit(PATIENCE_MS)).toEqual({ kind: "refused", retryAfterMs: 100 });
    advance(60);
    expect(circuit.admit(PATIENCE_MS)).toEqual({ kind: "refused", retryAfterMs: 40 });
    advance(40);
    const probe = pass();
    // Nobody knows how long that takes: others come again as if it had failed just now.
    expect(circuit.admit(PATIENCE_MS)).toEqual({ kind: "refused", retryAfterMs: 100 });
    probe.settle("reached");
    expect(changes.at(-1)).toEqual({ isOpen: false, openMs: 100, refused: 3 });
    // What failed before it opened is forgotten.
    fail(3);
    expect(circuit.isOpen()).toBe(false);
  });

  it("stays open where that one fails, and is free for the next where it is given up", () => {
    const { circuit, changes, fail, advance, pass } = bench();
    fail(4);
    advance(100);
    pass().settle("failed");
    expect(admits(circuit)).toBe(false);
    advance(100);
    pass().settle("unknown");
    expect(admits(circuit)).toBe(true);
    expect(changes).toHaveLength(1);
  });

  it("lets another one through where that one takes longer than any may, and listens to the newer", () => {
    const { circuit, fail, advance, pass } = bench();
    fail(4);
    advance(100);
    const stuck = pass();
    advance(PATIENCE_MS - 1);
    expect(admits(circuit)).toBe(false);
    advance(1);
    const newer = pass();
    stuck.settle("reached");
    expect(circuit.isOpen()).toBe(true);
    newer.settle("reached");
    expect(circuit.isOpen()).toBe(false);
  });

  it("isn't told by calls that began before it opened, neither open nor after it has closed", () => {
    const { circuit, fail, reach, advance, pass } = bench();
    const old = Array.from({ length: 10 }, pass);
    fail(4);
    expect(old[0]?.isValid()).toBe(false);
    old[0]?.settle("reached");
    expect(circuit.isOpen()).toBe(true);
    advance(100);
    reach(1);
    for (const call of old) call.settle("failed");
    expect(circuit.isOpen()).toBe(false);
  });

  it("counts nothing of calls that say nothing", () => {
    const { circuit, fail, pass } = bench();
    for (let call = 0; call < 50; call += 1) pass().settle("unknown");
    fail(4);
    expect(circuit.isOpen()).toBe(true);
  });
});
