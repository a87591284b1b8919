import { DEMO_PATHS, demoEventsSchema } from "@coatcheck/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RESOURCE, startRig } from "@coatcheck/bff/fixtures";
import type { Browser, Rig } from "@coatcheck/bff/fixtures";
import { createDemo } from "./create-demo.ts";

let rig: Rig;
const asked: unknown[] = [];
beforeAll(async () => {
  const faults = {
    read: (user: string) => Promise.resolve({ user, faults: [] }),
    change: (user: string, request: unknown) => (asked.push([user, request]), Promise.resolve({ user })),
  };
  rig = await startRig({ extensions: [createDemo({ faults })] });
});
afterAll(() => rig.close());

async function signedIn(user: "ada" | "ines" = "ada"): Promise<Browser> {
  const browser = rig.browser();
  await rig.signIn(browser, { user });
  return browser;
}

function post(browser: Browser, path: string, body: unknown = {}) {
  return browser.fetch(path, { method: "POST", body: JSON.stringify(body) });
}

async function eventsOf(browser: Browser) {
  return demoEventsSchema.parse(await (await browser.fetch("/bff/demo/events")).json()).events;
}

describe("the demo", () => {
  it("marks the access token expired, and the next call refreshes by itself", async () => {
    const browser = await signedIn();
    const refreshes = rig.idp.counters().refreshes;
    expect((await post(browser, "/bff/demo/expire")).status).toBe(200);
    expect((await browser.fetch("/api/plain/1")).status).toBe(200);
    expect(rig.idp.counters().refreshes).toBe(refreshes + 1);
    const events = await eventsOf(browser);
    expect(events).toMatchObject([
      { kind: "expired" },
      { kind: "refresh", outcome: "led", trigger: "implicit", resource: "", generation: 1 },
      { kind: "token", resource: "", generation: 1 },
      { kind: "call", route: "/api/plain", status: 200 },
    ]);
  });

  it("marks one resource's token only, where one is named", async () => {
    const browser = await signedIn();
    await browser.fetch("/api/notes/1");
    await post(browser, "/bff/demo/expire", { resource: RESOURCE });
    const refreshes = rig.idp.counters().refreshes;
    await browser.fetch("/api/plain/1");
    expect(rig.idp.counters().refreshes).toBe(refreshes);
    await browser.fetch("/api/notes/1");
    expect(rig.idp.counters().refreshes).toBe(refreshes + 1);
  });

  it("shows the events of this session and of nobody else's", async () => {
    const [ada, ines] = [await signedIn(), await signedIn("ines")];
    await post(ada, "/bff/refresh");
    expect(await eventsOf(ada)).toMatchObject([
      { kind: "refresh", trigger: "explicit" },
      { kind: "token", generation: 1 },
    ]);
    // That of her own sign-in.
    expect(await eventsOf(ines)).toMatchObject([{ kind: "token", generation: 0 }]);
    expect((await rig.browser().fetch("/bff/demo/events")).status).toBe(401);
  });

  it("changes faults for the session's own person only", async () => {
    const ines = await signedIn("ines");
    expect(await (await ines.fetch("/bff/demo/faults")).json()).toEqual({ user: "ines", faults: [] });
    await post(ines, "/bff/demo/faults", { kind: "unavailable", user: "ada" });
    expect(asked).toEqual([["ines", { kind: "unavailable", user: "ada" }]]);
  });

  it("is named in the session, so that no page has to try for it; also after a refresh", async () => {
    const browser = await signedIn();
    const views = [
      await browser.fetch("/bff/session"),
      await post(browser, "/bff/activity"),
      await post(browser, "/bff/refresh"),
    ];
    for (const view of views) expect(await view.json()).toMatchObject({ extensions: ["demo"] });
    expect(await (await rig.browser().fetch("/bff/session")).json()).not.toHaveProperty("extensions");
  });

  it("S-133: doesn't exist unless it is given, and isn't named", async () => {
    const plain = await startRig();
    const browser = plain.browser();
    await plain.signIn(browser);
    expect(await (await browser.fetch("/bff/session")).json()).not.toHaveProperty("extensions");
    for (const path of Object.values(DEMO_PATHS)) {
      expect((await post(browser, path)).status).toBe(404);
    }
    await plain.close();
  });

  it("S-074: stands behind the same guard", async () => {
    const browser = await signedIn();
    for (const path of [DEMO_PATHS.expire, DEMO_PATHS.faults, DEMO_PATHS.oldCookie]) {
      expect((await browser.raw(path, { method: "POST" })).status).toBe(403);
    }
  });
});
