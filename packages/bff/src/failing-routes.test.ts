import { createWebCryptoMac } from "@coatcheck/session";
import { createIronSealer } from "@coatcheck/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import type { Browser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Extension } from "./extension.ts";
import type { AssemblyPorts } from "./ports.ts";

const SECRET = "no-one-may-read-this";

/** Routes that fail: at once, after they refreshed, and with something that isn't an error. */
const failing: Extension = {
  name: "failing",
  addRoutes(app, parts) {
    app.get("/bff/x/error", () => Promise.reject(new RangeError(SECRET)));
    app.get("/bff/x/thrown", () => {
      throw new RangeError(SECRET);
    });
    // oxlint-disable-next-line prefer-promise-reject-errors -- a port may reject with anything
    app.get("/bff/x/text", () => Promise.reject(SECRET));
    app.get("/bff/x/refreshed", parts.requireSession, async (c) => {
      await c.var.signedIn.refreshNow("");
      throw new RangeError(SECRET);
    });
  },
};

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startRig({ extensions: [failing] });
  browser = rig.browser();
  await rig.signIn(browser);
});
afterAll(() => rig.close());

/** The same session at an instance one part of which is broken. */
function broken(ports: Partial<AssemblyPorts>): Browser {
  return createBrowser(rig.instance({}, ports), ORIGIN, rig.seen, [...browser.cookies.values()]);
}

function errors() {
  return rig.log.filter(({ event }) => event === "internal_error");
}

describe("a route that throws", () => {
  it.each([
    ["/bff/x/error", "RangeError"],
    ["/bff/x/thrown", "RangeError"],
    ["/bff/x/text", "string"],
    ["/bff/x/refreshed", "RangeError"],
  ])("S-138: %s becomes a 500 without details, and a log line without the message", async (path, kind) => {
    rig.log.length = 0;
    const answer = await browser.copy().fetch(path);
    expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([500, "internal"]);
    const body = await answer.text();
    expect(body).not.toContain(SECRET);
    const { requestId } = JSON.parse(body) as { requestId: string };
    expect(errors()).toMatchObject([{ level: "error", requestId, during: "handle", kind }]);
    expect(JSON.stringify(rig.log)).not.toContain(SECRET);
    expect(answer.headers.get("x-request-id")).toBe(requestId);
  });

  it("still closes its session: new tokens are written", async () => {
    const answer = await browser.fetch("/bff/x/refreshed");
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([500, 1]);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({
      generation: expect.toSatisfy((generation: number) => generation > 0),
    });
  });

  it("shows people a page where it was a navigation", async () => {
    const seal = () => {
      throw new RangeError(SECRET);
    };
    const answer = await broken({ sealer: { ...createIronSealer(), seal } }).navigate("/bff/login");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "text/html; charset=UTF-8"]);
    expect(answer.headers.get("content-security-policy")).toContain("style-src 'sha256-");
    expect(await answer.text()).not.toContain(SECRET);
  });
});

it("a session that can't be closed costs its cookie, not the answer", async () => {
  rig.advance(300_000);
  const seal = () => {
    throw new RangeError(SECRET);
  };
  rig.log.length = 0;
  const answer = await broken({ sealer: { ...createIronSealer(), seal } }).fetch("/api/plain/1");
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
  expect(errors()).toMatchObject([{ during: "close", kind: "RangeError" }]);
});

it.each(["/api/plain/1", "/bff/session", "/bff/userinfo"])(
  "S-074: %s opens nothing for a request that the guard refuses",
  async (path) => {
    let asked = 0;
    const mac = createWebCryptoMac();
    const counted = {
      ...mac,
      derive: (...of: Parameters<typeof mac.derive>) => ((asked += 1), mac.derive(...of)),
    };
    const stranger = broken({ mac: counted });
    expect((await stranger.raw(path, { headers: { "sec-fetch-site": "cross-site" } })).status).toBe(403);
    expect(asked).toBe(0);
    expect((await stranger.fetch(path)).status).toBe(200);
    expect(asked).toBeGreaterThan(0);
  },
);
