import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRig } from "../../fixtures/rig.ts";
import type { Browser, Rig } from "../../fixtures/rig.ts";
import type { Bff } from "../create-bff.ts";

let rig: Rig;
/** Answers the calls that the API holds. */
let held: (() => void)[] = [];

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(() => {
  held = [];
  rig.log.length = 0;
  rig.api.answer(({ url }, response) => {
    const end = () => void response.end("{}");
    if (url.includes("slow")) held.push(end);
    else end();
  });
});

function instance(route: object, limits: object = {}): Bff {
  return rig.instance({
    routes: [
      { prefix: "/api/busy", upstream: rig.api.origin, limits: route },
      { prefix: "/api/other", upstream: rig.idp.issuer },
    ],
    limits,
  });
}
async function signedIn(bff: Bff, user: "ada" | "ines" = "ada"): Promise<Browser> {
  const browser = rig.browserOf(bff, rig.browser());
  await rig.signIn(browser, { user });
  return browser;
}
function release(): void {
  for (const end of held.splice(0)) end();
}
async function seen(answer: Response | Promise<Response>) {
  const { status, headers } = await answer;
  return [status, headers.get("coatcheck-problem"), headers.get("retry-after")];
}
const SHED = [503, "overloaded", "1"];
const FINE = [200, null, null];

describe("S-143: an API that is busy", () => {
  it("gets so many calls at once; more are shed, and other APIs aren't held up", async () => {
    const bff = instance({ maxConcurrent: 2 });
    const browser = await signedIn(bff);
    const slow = [browser.fetch("/api/busy/slow/1"), browser.fetch("/api/busy/slow/2")];
    await expect.poll(() => held.length).toBe(2);
    expect(await seen(browser.fetch("/api/busy/3"))).toEqual(SHED);
    expect((await browser.fetch("/api/other/x")).status).not.toBe(503);
    expect(rig.log).toContainEqual(
      expect.objectContaining({ event: "overloaded", limit: "upstream", route: "/api/busy" }),
    );
    release();
    for (const answer of slow) expect(await seen(answer)).toEqual(FINE);
    expect(await seen(browser.fetch("/api/busy/4"))).toEqual(FINE);
  });

  it("gets those that wait one after the other, and sheds those beyond the queue", async () => {
    const bff = instance({ maxConcurrent: 1, maxQueued: 2, queueTimeoutMs: 60_000 });
    const browser = await signedIn(bff);
    const before = rig.api.calls.length;
    const first = browser.fetch("/api/busy/slow/1");
    await expect.poll(() => held.length).toBe(1);
    const queued = ["slow/2", "slow/3", "slow/4"].map((path) => seen(browser.fetch(`/api/busy/${path}`)));
    expect(await Promise.race(queued)).toEqual(SHED);
    for (let count = 1; count <= 3; count += 1) {
      await expect.poll(() => rig.api.calls.length - before).toBe(count);
      release();
    }
    expect(await seen(first)).toEqual(FINE);
    expect((await Promise.all(queued)).filter(([status]) => status === 200)).toHaveLength(2);
  });

  it("sheds what has waited too long", async () => {
    const bff = instance({ maxConcurrent: 1, maxQueued: 1, queueTimeoutMs: 20 });
    const browser = await signedIn(bff);
    const first = browser.fetch("/api/busy/slow/1");
    await expect.poll(() => held.length).toBe(1);
    expect(await seen(browser.fetch("/api/busy/2"))).toEqual(SHED);
    release();
    await first;
    expect(await seen(browser.fetch("/api/busy/3"))).toEqual(FINE);
  });
});

it("a session has so many calls under way, and no other is held up by it", async () => {
  const bff = instance({}, { callsPerSession: 2 });
  const [browser, stranger] = [await signedIn(bff), await signedIn(bff, "ines")];
  const slow = [browser.fetch("/api/busy/slow/1"), browser.fetch("/api/busy/slow/2")];
  await expect.poll(() => held.length).toBe(2);
  expect(await seen(browser.fetch("/api/busy/3"))).toEqual(SHED);
  expect(rig.log).toContainEqual(expect.objectContaining({ event: "overloaded", limit: "session" }));
  expect(await seen(stranger.fetch("/api/busy/4"))).toEqual(FINE);
  release();
  for (const answer of slow) expect(await seen(answer)).toEqual(FINE);
  expect(await seen(browser.fetch("/api/busy/5"))).toEqual(FINE);
});

it("routes to one origin that say different limits are refused, and the fix names the other", () => {
  const routes = [
    { prefix: "/api/a", upstream: "https://notes.internal/a", limits: { maxConcurrent: 5 } },
    { prefix: "/api/b", upstream: "https://notes.internal/b" },
  ];
  expect(() => rig.instance({ routes })).toThrowError(
    expect.objectContaining({
      problems: [{ path: "routes[1].limits", fix: expect.stringContaining("routes[0]") }],
    }),
  );
});
