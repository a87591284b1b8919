import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/browser.ts";

let rig: Rig;
let browser: Browser;
beforeAll(async () => {
  rig = await startRig();
  browser = rig.browser();
  await rig.signIn(browser);
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.api.calls.length = 0;
});

describe("a route that allows downloads", () => {
  it("S-074 S-081: opted-in downloads reach the API as plain links of our own page, and only those", async () => {
    const link = {
      "sec-fetch-site": "same-origin",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    const copy = browser.copy();
    expect((await copy.raw("/api/files/1", { headers: link })).status).toBe(200);
    expect(
      (await copy.raw("/api/files/1", { headers: { ...link, "sec-fetch-site": "cross-site" } })).status,
    ).toBe(403);
    expect((await copy.raw("/api/files/1", { method: "POST", headers: link })).status).toBe(403);
    expect(rig.api.calls).toHaveLength(1);
  });

  it.each(["image", "video", "audio", "track"])(
    "S-074: an opted-in download is there for an <%s> of our page",
    async (dest) => {
      const headers = {
        "sec-fetch-site": "same-origin",
        "sec-fetch-mode": "no-cors",
        "sec-fetch-dest": dest,
      };
      const copy = browser.copy();
      expect((await copy.raw("/api/files/1", { headers: { ...headers, range: "bytes=0-" } })).status).toBe(
        200,
      );
      expect(rig.api.calls.map(({ headers: { range } }) => range)).toEqual(["bytes=0-"]);
      expect((await copy.raw("/api/plain/1", { headers })).status).toBe(403);
    },
  );

  it.each(["iframe", "embed", "object"])(
    "S-115: an <%s> of our page gets a PDF and nothing else",
    async (dest) => {
      const headers = {
        "sec-fetch-site": "same-origin",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": dest,
      };
      const copy = browser.copy();
      for (const [contentType, status] of [
        ["application/pdf", 200],
        ["text/html", 403],
        ["image/svg+xml", 403],
        ["text/html; application/pdf", 403],
        [undefined, 403],
      ] as const) {
        rig.api.answer((_, response) =>
          response
            .writeHead(200, contentType === undefined ? {} : { "content-type": contentType })
            .end("secret"),
        );
        const answer = await copy.raw("/api/files/1", { headers });
        expect([contentType, answer.status]).toEqual([contentType, status]);
        const policy = answer.headers.get("content-security-policy") ?? "";
        expect(policy).toContain("sandbox;");
        expect(policy).toContain(status === 200 ? "frame-ancestors 'self'" : "frame-ancestors 'none'");
        expect((await answer.text()).includes("secret")).toBe(status === 200);
      }
    },
  );

  describe("a link to a download without a session", () => {
    const link = {
      "sec-fetch-site": "same-origin",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };

    it.each([
      [`${ORIGIN}/notes/7?x=1`, "/notes/7?x=1&signin=needed"],
      [`${ORIGIN}/C%23`, "/C%23?signin=needed"],
      [undefined, "/?signin=needed"],
      ["https://evil.example/x", "/?signin=needed"],
      [`${ORIGIN}//evil.example`, "/?signin=needed"],
      [`${ORIGIN}/bff/login`, "/?signin=needed"],
      ["nonsense", "/?signin=needed"],
    ])(
      "on the page %s leads back to the page, which says that a sign-in is needed",
      async (referer, location) => {
        const headers = { ...link, ...(referer === undefined ? {} : { referer }) };
        const answer = await rig.browser().raw("/api/files/1", { headers });
        expect([answer.status, answer.headers.get("location")]).toEqual([303, location]);
        expect(answer.headers.get("cache-control")).toBe("no-store");
        expect(rig.api.calls).toEqual([]);
      },
    );

    it("that a script follows gets a problem all the same (S-016)", async () => {
      for (const headers of [
        { ...link, "sec-fetch-dest": "empty", "sec-fetch-mode": "cors" },
        { ...link, "sec-fetch-dest": "image", "sec-fetch-mode": "no-cors" },
        { ...link, "x-coatcheck": "1" },
      ]) {
        const answer = await rig.browser().raw("/api/files/1", { headers });
        expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([401, "no_session"]);
      }
    });
  });
});
