import { parseSessionHeader, SESSION_HEADER, sessionViewSchema } from "@coatcheck/contract";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/browser.ts";

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.control.reset();
  rig.api.answer((_, response) => response.writeHead(200).end("{}"));
  browser = rig.browser();
  await rig.signIn(browser);
});

const glimpse = (answer: Response) => parseSessionHeader(answer.headers.get(SESSION_HEADER));
async function viewOf(who: Browser) {
  return sessionViewSchema.parse(await (await who.fetch("/bff/session")).json());
}

describe("what an API call's answer says of the session", () => {
  it("is what the session route says, without a claim", async () => {
    const answer = await browser.fetch("/api/notes/1");
    const seen = glimpse(answer);
    expect(seen).toMatchObject({ state: "active", generation: 1 });
    const { now: _, ...shown } = seen ?? {};
    expect(await viewOf(browser)).toMatchObject(shown);
    expect(answer.headers.get(SESSION_HEADER)).not.toMatch(/ada|Lindqvist/iu);
  });

  it.each([404, 422, 500])("comes with an API's own %d, too", async (status) => {
    rig.api.answer((_, response) => response.writeHead(status).end("{}"));
    const answer = await browser.fetch("/api/notes/1");
    expect(answer.status).toBe(status);
    expect(glimpse(answer)).toMatchObject({ state: "active" });
  });

  it("comes with our own refusals, too", async () => {
    const answer = await browser.fetch("/api/notes/1", { headers: { "x-coatcheck-user": "somebody-else" } });
    expect(answer.status).toBe(409);
    expect(glimpse(answer)).toMatchObject({ state: "active" });
  });

  it("says why the session has ended, where the call still succeeds and takes the cookie away", async () => {
    const { userKey } = (await viewOf(browser)) as { userKey: string };
    const otherTab = browser.copy();
    // The end comes while the API thinks; the call has brought a new token, so its answer writes the cookie.
    rig.api.answer((_, response) => {
      void otherTab
        .fetch("/bff/logout", { method: "POST", body: "{}" })
        .then(() => response.writeHead(200).end("{}"));
    });
    const answer = await browser.fetch("/api/notes/1", { headers: { "x-coatcheck-user": userKey } });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().join()).toMatch(/Max-Age=0/u);
    expect(glimpse(answer)).toMatchObject({ state: "anonymous", reason: "signed_out" });
  });

  it("is never an API's own", async () => {
    rig.api.answer((_, response) =>
      response.writeHead(200, { "coatcheck-session": "state=anonymous&now=1&reason=revoked" }).end("{}"),
    );
    expect(glimpse(await browser.fetch("/api/notes/1"))).toMatchObject({ state: "active" });
  });

  it("is nothing to a page for which nobody is signed in", async () => {
    const answer = await rig.browser().fetch("/api/notes/1");
    expect(answer.status).toBe(401);
    expect(answer.headers.has(SESSION_HEADER)).toBe(false);
  });
});

describe("a call of a page that nobody has touched for a while", () => {
  it("is answered, and doesn't extend the session; any other does", async () => {
    const before = await viewOf(browser);
    rig.advance(400_000);
    const idle = await browser.fetch("/api/notes/1", { headers: { "x-coatcheck-idle": "1" } });
    expect(idle.status).toBe(200);
    expect(glimpse(idle)).toMatchObject({ idleDeadline: (before as { idleDeadline: number }).idleDeadline });
    const touched = glimpse(await browser.fetch("/api/notes/1"));
    expect(touched?.state === "active" && touched.idleDeadline).toBeGreaterThan(
      (before as { idleDeadline: number }).idleDeadline,
    );
  });
});
