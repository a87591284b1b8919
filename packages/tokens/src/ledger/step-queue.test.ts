import { expect, it } from "vitest";
import { createStepQueue } from "./step-queue.ts";

function at(key: string, tombstones: readonly string[] = []) {
  return { key, tombstones };
}

it("logouts of different people wait for one another no more than different sessions do", async () => {
  const queue = createStepQueue();
  const first = Promise.withResolvers<string>();
  const waiting = queue.run(at("nowhere", ["ada"]), () => first.promise);
  expect(await queue.run(at("nowhere", ["ines"]), () => Promise.resolve("done"))).toBe("done");
  const behind = queue.run(at("nowhere", ["ada"]), () => Promise.resolve("behind"));
  first.resolve("first");
  expect(await Promise.all([waiting, behind])).toEqual(["first", "behind"]);
});

it("those who want the same thing have it one after the other, also after a failure; others at once", async () => {
  const queue = createStepQueue();
  const log: string[] = [];
  const first = Promise.withResolvers<void>();
  const work =
    (name: string, until: Promise<void> = Promise.resolve()) =>
    async () => {
      log.push(`${name} begins`);
      await until;
      log.push(`${name} ends`);
      if (name === "a1") throw new TypeError(name);
      return name;
    };
  const failing = queue.run(at("a"), work("a1", first.promise)).catch((error: unknown) => String(error));
  const second = queue.run(at("a"), work("a2"));
  expect(await queue.run(at("b"), work("b1"))).toBe("b1");
  first.resolve();
  expect(await failing).toBe("TypeError: a1");
  expect(await second).toBe("a2");
  expect(await queue.run(at("a"), work("a3"))).toBe("a3");
  expect(log).toEqual([
    "a1 begins",
    "b1 begins",
    "b1 ends",
    "a1 ends",
    "a2 begins",
    "a2 ends",
    "a3 begins",
    "a3 ends",
  ]);
});
