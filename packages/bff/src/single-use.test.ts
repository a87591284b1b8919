import { createMemoryLedger } from "@coatcheck/tokens";
import { describe, expect, it } from "vitest";
import { createSingleUse } from "./single-use.ts";
import type { SingleUseParts } from "./single-use.ts";

const KEEP_MS = 300_000;
const LIMITS = { keepMs: KEEP_MS, leaseMs: 15_000 };
function down() {
  return Promise.reject(new Error("down"));
}

/** Two processes with one ledger. */
function setUp(broken: Partial<SingleUseParts["ledger"]> = {}) {
  let now = 1_000_000;
  let fences = 0;
  const memory = createMemoryLedger({
    nowMs: () => now,
    setTimeout: () => undefined,
    clearTimeout: () => undefined,
  });
  const randomBytes = (count: number) => new Uint8Array(count).fill((fences += 1));
  return {
    one: createSingleUse({ ledger: { ...memory, ...broken }, randomBytes }),
    other: createSingleUse({ ledger: memory, randomBytes }),
    advance: (ms: number) => void (now += ms),
  };
}

describe("what counts once", () => {
  it("is taken by the first process and by no other, meanwhile and afterwards", async () => {
    const { one, other, advance } = setUp();
    const taken = await one.take("a", LIMITS);
    expect(await other.take("a", LIMITS)).toBe(undefined);
    await taken?.keep();
    for (const process of [one, other]) expect(await process.take("a", LIMITS)).toBe(undefined);
    advance(KEEP_MS - 1);
    expect(await other.take("a", LIMITS)).toBe(undefined);
    expect(await other.take("b", LIMITS)).toBeDefined();
  });

  it("can be taken again, by anybody, when it is given back", async () => {
    const { one, other } = setUp();
    await (await one.take("a", LIMITS))?.giveBack();
    await (await other.take("a", LIMITS))?.giveBack();
    expect(await one.take("a", LIMITS)).toBeDefined();
  });

  it("can be taken again soon after a process that could neither keep it nor give it back", async () => {
    const { one, other, advance } = setUp({ renew: down, release: down });
    const taken = await one.take("a", LIMITS);
    await expect(taken?.giveBack()).rejects.toThrow("down");
    advance(14_999);
    expect(await other.take("a", LIMITS)).toBe(undefined);
    advance(1);
    expect(await other.take("a", LIMITS)).toBeDefined();
  });

  it("is taken for good where nobody else may ever try", async () => {
    const { one, other, advance } = setUp();
    await one.take("a", { keepMs: KEEP_MS, leaseMs: KEEP_MS });
    advance(KEEP_MS - 1);
    expect(await other.take("a", { keepMs: KEEP_MS, leaseMs: KEEP_MS })).toBe(undefined);
  });

  it("isn't decided without the ledger", async () => {
    const { one } = setUp({ claim: down });
    await expect(one.take("a", LIMITS)).rejects.toThrow("down");
  });
});
