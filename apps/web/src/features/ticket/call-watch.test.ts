import { expect, it } from "vitest";
import { createCallWatch } from "./call-watch.ts";

it("counts calls that use the token, from sending to answer", async () => {
  const answer = Promise.withResolvers<Response>();
  const watch = createCallWatch(() => answer.promise);
  const call = watch.fetch(new Request("http://localhost/api/notes?limit=1"));
  expect(watch.get()).toEqual({ underWay: 1, ended: 0 });
  answer.resolve(new Response());
  await call;
  expect(watch.get()).toEqual({ underWay: 0, ended: 1 });
});

it("counts a call that failed as ended, and lets the failure through", async () => {
  const watch = createCallWatch(() => Promise.reject(new TypeError("down")));
  await expect(watch.fetch("/bff/userinfo")).rejects.toThrow(TypeError);
  expect(watch.get()).toEqual({ underWay: 0, ended: 1 });
});

it.each(["/bff/session", "/bff/demo/events", "/bff/activity", "/assets/index.js"])(
  "doesn't count %s, which renews nothing",
  async (path) => {
    const watch = createCallWatch(async () => new Response());
    await watch.fetch(path);
    expect(watch.get().ended).toBe(0);
  },
);
