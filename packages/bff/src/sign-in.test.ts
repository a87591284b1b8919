import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(() => rig.control.reset());

describe("signing in", () => {
  it("comes back to where it began, with a session that the next fetch sees", async () => {
    const browser = rig.browser();
    const landed = await rig.signIn(browser, { returnTo: "/notes/7?x=1#end" });
    expect(landed.status).toBe(303);
    expect(landed.headers.get("location")).toBe("/notes/7?x=1#end");
    expect(landed.headers.get("cache-control")).toBe("no-store");
    expect(landed.headers.get("referrer-policy")).toBe("no-referrer");
    const session = await browser.fetch("/bff/session");
    expect(session.status).toBe(200);
    expect(await session.json()).toMatchObject({
      state: "active",
      user: { sub: "ada", name: "Ada Lindqvist", email: "ada@example.org" },
      generation: 0,
      refresh: "possible",
      ticket: expect.stringMatching(/^\d{4}$/u),
    });
  });
});
