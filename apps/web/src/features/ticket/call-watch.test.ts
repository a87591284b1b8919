import { expect, it } from "vitest";
import { createCallWatch } from "./call-watch.ts";

it("counts calls that use the token, from sending to answer", async () => {
  const answer = Promise.withResolvers<Response>();
  const watch = createCallWatch(() => answer.promise);
  const call = watch.fetch(new Request("http://localhost/api/notes?limit=1"));
  expect(watch.underWay()).toBe(1);
  answer.resolve(new Response());
  await call;
  expect(watch.underWay()).toBe(0);
});

it("counts a call that failed no longer, and lets the failure through", async () => {
  const watch = createCallWatch(() => Promise.reject(new TypeError("down")));
  await expect(watch.fetch("/bff/userinfo")).rejects.toThrow(TypeError);
  expect(watch.underWay()).toBe(0);
});

it.each(["/bff/session", "/bff/demo/events", "/bff/activity", "/assets/index.js"])(
  "doesn't count %s, which renews nothing",
  async (path) => {
    let counted = 0;
    const watch = createCallWatch(async () => new Response());
    watch.subscribe(() => (counted += 1));
    await watch.fetch(path);
    expect(counted).toBe(0);
  },
);
