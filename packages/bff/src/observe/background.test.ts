import { expect, it } from "vitest";
import { createBackground } from "./background.ts";

it("settles when everything that was begun is over, also what that began; failures are told and stop nothing", async () => {
  const failures: unknown[] = [];
  const done: string[] = [];
  const background = createBackground((error) => void failures.push(error));
  const gate = Promise.withResolvers<void>();
  background.run(async () => {
    await gate.promise;
    background.run(async () => void done.push("inner"));
    done.push("outer");
  });
  background.run(() => Promise.reject(new Error("x")));
  const settled = background.settle().then(() => done.push("settled"));
  gate.resolve();
  await settled;
  expect(done).toEqual(["inner", "outer", "settled"]);
  expect(failures).toHaveLength(1);
});
