import { problemSchema } from "@coatcheck/contract";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Browser } from "../fixtures/browser.ts";
import { ORIGIN, RESOURCE, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Bff } from "./create-bff.ts";
import type { SessionVisit, VisitRequest } from "./hono/visit.ts";

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  browser = rig.browser();
  await rig.signIn(browser);
  rig.api.calls.length = 0;
});

const PAGE = { host: new URL(ORIGIN).host, "x-coatcheck": "1", "sec-fetch-site": "same-origin" };

function headersOf({ cookies }: Pick<Browser, "cookies">): Record<string, string> {
  const pairs = [...cookies.values()].map(({ name, value }) => `${name}=${value}`);
  return pairs.length === 0 ? PAGE : { ...PAGE, cookie: pairs.join("; ") };
}

/** The same request, as different frameworks have it. */
const FORMS: readonly (readonly [string, (headers: Record<string, string>) => VisitRequest])[] = [
  ["a web Request", (headers) => new Request(`${ORIGIN}/mine`, { headers })],
  [
    "Node's own request",
    (headers) => ({ method: "GET", url: "/mine?x=1", headers, socket: { remoteAddress: "203.0.113.7" } }),
  ],
  [
    "lists and gaps in its headers",
    (headers) => ({ url: "/mine?x=[1]", headers: { ...headers, accept: undefined, via: ["a", "b"] } }),
  ],
  ["no more than headers", (headers) => ({ headers: new Headers(headers) })],
];

async function open(bff: Bff, request: VisitRequest): Promise<Extract<SessionVisit, { kind: "opened" }>> {
  const visit = await bff.visit(request);
  if (visit.kind === "refused") throw new Error(`refused with ${visit.response.status}`);
  return visit;
}

describe.each(FORMS)("a visit with %s", (_, toRequest) => {
  it("shows who is signed in, and sets no cookie where nothing is new", async () => {
    const visit = await open(rig.bff, toRequest(headersOf(browser)));
    expect(visit.session).toMatchObject({ state: "active", user: { sub: "ada" } });
    expect(await visit.close()).toEqual([]);
    const nobody = await open(rig.bff, toRequest(PAGE));
    expect(nobody.session).toMatchObject({ state: "anonymous", reason: "none" });
  });

  it("calls an API, and its newer tokens leave by the cookies of its close, or are found in the ledger", async () => {
    const later = rig.instance({}, { nowMs: () => Date.now() + 400_000 });
    const before = rig.idp.counters().refreshes;
    const request = toRequest(headersOf(browser));
    const lost = await open(later, request);
    const answer = await later.fetch(lost, `${rig.api.origin}/v1/mine`, { resource: RESOURCE });
    expect([answer.status, rig.api.calls.at(-1)?.url]).toEqual([200, "/v1/mine"]);
    const again = await open(later, request);
    expect(await later.accessToken(again, RESOURCE)).toMatchObject({ kind: "granted" });
    expect(await again.close()).toContainEqual(
      expect.stringMatching(/^coatcheck-3000-[\da-f]{8}=[^;]{100,}; Max-Age=[1-9].+HttpOnly/u),
    );
    expect(rig.idp.counters().refreshes).toBe(before + 1);
  });

  it("is refused by what stands before it, with the response to send", async () => {
    const { bff } = rig;
    const foreign = toRequest({ ...headersOf(browser), "sec-fetch-site": "cross-site" });
    const elsewhere = toRequest({ ...headersOf(browser), host: "evil.example" });
    const visits = [
      await bff.visit(foreign, bff.guard()),
      await bff.visit(toRequest(PAGE), bff.guard(), bff.requireSession()),
      await bff.visit(elsewhere),
      await bff.visit(toRequest(headersOf(browser)), bff.requireSession({ scopes: ["admin"] })),
    ];
    const problems = visits.map(async (visit) => {
      if (visit.kind === "opened") return "opened";
      return [visit.response.status, problemSchema.parse(await visit.response.json()).code];
    });
    expect(await Promise.all(problems)).toEqual([
      [403, "guard_refused"],
      [401, "no_session"],
      [400, "bad_request"],
      [403, "insufficient_scope"],
    ]);
  });
});

it("a visit to a BFF that fails inside rejects, so that the framework's own handler learns of it", async () => {
  const broken = rig.instance(
    {},
    {
      nowMs: () => {
        throw new RangeError("no clock");
      },
    },
  );
  await expect(broken.visit({ headers: headersOf(browser) })).rejects.toThrow(RangeError);
});
