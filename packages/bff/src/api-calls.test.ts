import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/browser.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.control.reset();
  rig.api.calls.length = 0;
  rig.api.answer((_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}'),
  );
});

async function signedIn(from: Rig = rig): Promise<Browser> {
  const browser = from.browser();
  await from.signIn(browser);
  return browser;
}
function refreshes(from: Rig = rig) {
  return from.idp.counters().refreshes;
}
async function codeOf(response: Response) {
  return ((await response.json()) as { code: string }).code;
}

describe("an API call", () => {
  it("S-109: carries the session's token for this API, and neither cookies nor our headers", async () => {
    const browser = await signedIn();
    const answer = await browser.fetch("/api/notes/7?x=1", {
      headers: { authorization: "Bearer stolen", "x-forwarded-for": "1.2.3.4" },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ok: true });
    const [call] = rig.api.calls;
    expect(call?.url).toBe("/v1/7?x=1");
    expect(call?.headers.authorization).toMatch(/^Bearer eyJ/u);
    expect(call?.headers).not.toHaveProperty("cookie");
    expect(call?.headers).not.toHaveProperty("x-coatcheck");
    expect(call?.headers["x-forwarded-for"]).not.toBe("1.2.3.4");
  });

  it.each(["C#", "what?", "5%10", "100%", "a&b=c+d", "é漢", "[x] {y}", "%2541"])(
    "S-106: for a thing named %j arrives as the page encoded it",
    async (name) => {
      const browser = await signedIn();
      const path = `/api/notes/${encodeURIComponent(name)}`;
      expect((await browser.fetch(path)).status).toBe(200);
      expect(rig.api.calls.map(({ url }) => url)).toEqual([path.replace("/api/notes", "/v1")]);
    },
  );

  it("S-106: to an ambiguous path is refused with its own code, and nothing is opened or renewed for it", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    rig.advance(61_000);
    for (const rest of ["a%2Fb", "a%5Cb", "a%252Fb", "..%2fadmin", "%252e%252e", "..%3Bx", "a//b"]) {
      const answer = await browser.fetch(`/api/notes/${rest}`);
      expect([rest, answer.status, await codeOf(answer)]).toEqual([rest, 400, "ambiguous_path"]);
    }
    expect([rig.api.calls.length, refreshes(rig)]).toEqual([0, 0]);
    await rig.close();
  });

  it("S-106: with encoded slashes passes where the route allows them, dot segments never", async () => {
    const rig = await startRig({
      config: {
        routes: [
          {
            prefix: "/api/files",
            upstream: `http://127.0.0.1:1`,
            tokenKind: "none",
            allowEncodedSlashes: true,
          },
        ],
      },
    });
    const browser = rig.browser();
    for (const [rest, status] of [
      ["a%2Fb", 502],
      ["a%5Cb", 502],
      ["..%2Fadmin", 400],
      ["a%2F..%2Fb", 400],
      ["%252e%252e%252fadmin", 400],
    ] as const) {
      expect([rest, (await browser.fetch(`/api/files/${rest}`)).status]).toEqual([rest, status]);
    }
    expect((await browser.fetch("/api/files%2Fa")).status).toBe(400);
    await rig.close();
  });

  it("S-112: keeps the place of what it made, which the API builds from the host that it was told", async () => {
    const browser = await signedIn();
    rig.api.answer(({ headers }, response) => {
      const origin = `${String(headers["x-forwarded-proto"])}://${String(headers["x-forwarded-host"])}`;
      response.writeHead(201, { location: `${origin}/v1/8` }).end();
    });
    const made = await browser.fetch("/api/notes", { method: "POST" });
    expect([made.status, made.headers.get("location")]).toEqual([201, "/api/notes/8"]);
  });

  it("S-085: each resource gets its own token, from one refresh token", async () => {
    const browser = await signedIn();
    await browser.fetch("/api/notes/1");
    await browser.fetch("/api/plain/1");
    await browser.fetch("/api/notes/2");
    const [notes, plain, again] = rig.api.calls.map(({ headers }) => headers.authorization);
    expect(notes).not.toBe(plain);
    expect(again).toBe(notes);
    expect(rig.idp.counters().reuseDetected).toBe(0);
  });

  it("S-084: 20 parallel calls on an expired token make 1 refresh, by the provider's count, and all answer 200", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    for (let round = 1; round <= 3; round += 1) {
      rig.advance(61_000);
      const stale = browser.copy();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => browser.fetch(`/api/plain/${index}`)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(refreshes(rig)).toBe(round);
      expect((await stale.fetch("/api/plain/late")).status).toBe(200);
      expect(refreshes(rig)).toBe(round);
    }
    expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0, grantsRevoked: 0 });
    expect(new Set(rig.api.calls.slice(0, 20).map(({ headers }) => headers.authorization)).size).toBe(1);
    await rig.close();
  });

  it("S-083: a streamed answer carries the new cookie before its first byte", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    rig.advance(61_000);
    rig.api.answer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      setTimeout(() => response.end("data: 2\n\n"), 20);
    });
    const answer = await browser.fetch("/api/plain/stream");
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.text()).toBe("data: 1\n\ndata: 2\n\n");
    await rig.close();
  });

  it("S-083: refreshed beside the call, the new cookie rides on the same answer where the ledger dies with the process", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    rig.advance(50_000);
    const answer = await browser.fetch("/api/plain/1");
    expect([answer.status, answer.headers.getSetCookie().length, refreshes(rig)]).toEqual([200, 1, 1]);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ generation: 1 });
    await rig.close();
  });

  it("S-120: that may be cached isn't, once it carries a cookie", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const upstream = `${rig.api.origin}/v1`;
    const bff = rig.instance({
      routes: [{ prefix: "/api/cached", upstream, extraResponseHeaders: ["cache-control"] }],
    });
    const browser = await signedIn(rig);
    const there = createBrowser(bff, ORIGIN, rig.seen, [...browser.cookies.values()]);
    rig.api.answer((_, response) => response.writeHead(200, { "cache-control": "public, max-age=60" }).end());
    expect((await there.fetch("/api/cached/1")).headers.get("cache-control")).toBe("public, max-age=60");
    rig.advance(61_000);
    const answer = await there.fetch("/api/cached/1");
    expect([answer.headers.getSetCookie().length, answer.headers.get("cache-control")]).toEqual([
      1,
      "no-store",
    ]);
    await rig.close();
  });

  it("S-016: without a session answers 401 with a reason, no redirect, no cookie, nothing contacted", async () => {
    const answer = await rig.browser().fetch("/api/notes/7");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("coatcheck-problem")).toBe("no_session");
    expect(answer.headers.get("location")).toBeNull();
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await answer.json()).toMatchObject({
      code: "no_session",
      reason: "none",
      requestId: expect.any(String),
    });
    expect(rig.api.calls).toEqual([]);
  });

  it("for another person than the page was rendered for answers 409, nothing contacted", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    const { userKey } = (await (await browser.fetch("/bff/session")).json()) as { userKey: string };
    const other = await signedIn(rig);
    rig.advance(61_000);
    for (const path of ["/api/plain/1", "/api/notes/1", "/api/maybe/1", "/bff/userinfo"]) {
      const answer = await other.fetch(path, { headers: { "x-coatcheck-user": `${userKey}0` } });
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 409, "user_changed"]);
    }
    expect(refreshes(rig)).toBe(0);
    expect(rig.api.calls).toEqual([]);
    expect((await browser.fetch("/api/plain/1", { headers: { "x-coatcheck-user": userKey } })).status).toBe(
      200,
    );
    await rig.close();
  });

  it("S-108: optional routes take the token where there is a session, anonymous ones never", async () => {
    const browser = await signedIn();
    const nobody = rig.browser();
    expect((await browser.fetch("/api/maybe/1")).status).toBe(200);
    expect((await nobody.fetch("/api/maybe/1")).status).toBe(200);
    expect((await browser.fetch("/api/open/1")).status).toBe(200);
    expect(rig.api.calls.map(({ headers }) => headers.authorization === undefined)).toEqual([
      false,
      true,
      true,
    ]);
    const believed = await nobody.fetch("/api/maybe/1", { headers: { "x-coatcheck-user": "0".repeat(32) } });
    expect(await codeOf(believed)).toBe("user_changed");
  });

  it("S-108: undeclared methods and paths are refused without contact", async () => {
    const browser = await signedIn();
    const wrong = await browser.fetch("/api/open/1", { method: "POST" });
    expect([wrong.status, wrong.headers.get("allow"), await codeOf(wrong)]).toEqual([
      405,
      "GET",
      "method_not_allowed",
    ]);
    for (const path of [
      "/api",
      "/api/",
      "/api/unknown",
      "/api/notesx/1",
      "/bff",
      "/bff/unknown",
      "/bff/session/x.css",
      "/bff/demo/expire",
    ]) {
      const answer = await browser.fetch(path);
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 404, "unknown_route"]);
    }
    expect(rig.api.calls).toEqual([]);
  });

  it("S-108: of two prefixes the longer one decides alone: what it doesn't offer, the shorter one doesn't either", async () => {
    const upstream = rig.api.origin;
    const nested = await startRig({
      config: {
        routes: [
          { prefix: "/api/notes", upstream: `${upstream}/all`, tokenKind: "none" },
          {
            prefix: "/api/notes/public",
            upstream: `${upstream}/public`,
            tokenKind: "none",
            methods: ["GET"],
          },
        ],
      },
    });
    rig.api.calls.length = 0;
    const browser = nested.browser();
    const read = await browser.fetch("/api/notes/public/1");
    const written = await browser.fetch("/api/notes/public/1", { method: "POST" });
    const other = await browser.fetch("/api/notes/1", { method: "POST" });
    expect([read.status, written.status, other.status]).toEqual([200, 405, 200]);
    expect(rig.api.calls.map(({ url }) => url)).toEqual(["/public/1", "/all/1"]);
    await nested.close();
  });

  it("S-115: answers can't become active content on our origin", async () => {
    rig.api.answer((_, response) => {
      response
        .writeHead(200, {
          "content-type": "text/html",
          "set-cookie": "__Host-coatcheck-1=x",
          "access-control-allow-origin": "*",
          "coatcheck-problem": "no_session",
          "clear-site-data": '"*"',
          "cache-control": "public, max-age=600",
        })
        .end("<script>alert(1)</script>");
    });
    const answer = await (await signedIn()).fetch("/api/plain/1");
    expect(answer.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; sandbox;.* frame-ancestors 'none'$/u,
    );
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.getSetCookie()).toEqual([]);
    for (const name of ["access-control-allow-origin", "coatcheck-problem", "clear-site-data"])
      expect(answer.headers.get(name)).toBeNull();
  });

  it("S-117: an API that is gone answers 502, one that is silent 504", async () => {
    const gone = await startRig({
      config: { routes: [{ prefix: "/api/gone", upstream: "http://127.0.0.1:1" }] },
    });
    const answer = await (await signedIn(gone)).fetch("/api/gone/1");
    expect([answer.status, await codeOf(answer)]).toEqual([502, "upstream_failed"]);
    await gone.close();
    const slow = await startRig();
    const bff = slow.instance({
      routes: [{ prefix: "/api/slow", upstream: slow.api.origin, tokenKind: "none", headersTimeoutMs: 50 }],
    });
    slow.api.answer(() => undefined);
    const late = await bff.app.request("http://localhost:3000/api/slow/1", {
      headers: { "x-coatcheck": "1" },
    });
    expect([late.status, await codeOf(late)]).toEqual([504, "upstream_timeout"]);
    await slow.close();
  });
});
