import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBrowser } from "../../fixtures/browser.ts";
import type { Browser } from "../../fixtures/browser.ts";
import { ORIGIN, RESOURCE, startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import type { BffEnv } from "./bff-env.ts";

let rig: Rig;
let jar: Browser["cookies"];
beforeAll(async () => {
  rig = await startRig();
  const browser = rig.browser();
  await rig.signIn(browser);
  jar = browser.cookies;
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.api.calls.length = 0;
});

/** A browser of a person who is signed in, in front of somebody's own app. */
function inFrontOf(app: Pick<Hono, "request">): Browser {
  return createBrowser({ app }, ORIGIN, rig.seen, [...jar.values()]);
}

/** Somebody's own app: middleware, routes before and after ours, a page for everything else. */
function createPeoplesApp(): { readonly app: Hono; readonly seen: string[] } {
  const seen: string[] = [];
  const app = new Hono();
  app.use(async (c, next) => {
    seen.push(`before ${c.req.path}`);
    await next();
    seen.push(`after ${c.res.status}`);
    c.header("x-people", "seen");
  });
  app.get("/api/notes/mine", (c) => c.text("before"));
  app.get("/bff/session/extra", (c) => c.text("before"));
  app.use("/api/files/*", async (c) => c.text("nobody gets any", 451));
  app.route("/", rig.bff.app);
  app.get("/hello", (c) => c.text("hello"));
  app.get("/api/hello", (c) => c.json({ hello: "after" }));
  app.get("/broken", () => {
    throw new Error("theirs");
  });
  app.get("/api/broken", () => {
    throw new HTTPException(418, { message: "theirs" });
  });
  app.get("/pages/*", (c) => c.html("<p>a page</p>"));
  app.onError((error, c) => {
    c.status(error instanceof HTTPException ? error.status : 500);
    return c.text(`their handler: ${error.message}`);
  });
  app.notFound((c) => c.html("<p>their page</p>", 404));
  return { app, seen };
}

describe("somebody's own app around a BFF", () => {
  it.each([
    ["/bff/session", 200],
    ["/bff/unknown", 404],
    ["/api/plain/1", 200],
    ["/api/unknown", 404],
    ["/healthz", 200],
  ])("has its middleware run around %s", async (path, status) => {
    const { app, seen } = createPeoplesApp();
    const answer = await inFrontOf(app).fetch(path);
    expect(seen).toEqual([`before ${path}`, `after ${status}`]);
    expect([answer.status, answer.headers.get("x-people")]).toEqual([status, "seen"]);
    expect(answer.headers.get("x-request-id")).toMatch(/^[\da-f]{16}$/u);
  });

  it.each([
    ["before ours, where it would be an API call", "/api/notes/mine", 200, "before"],
    ["before ours, where it would be a route of ours", "/bff/session/extra", 200, "before"],
    ["after ours", "/hello", 200, "hello"],
    ["after ours, beside the APIs", "/api/hello", 200, '{"hello":"after"}'],
    ["that answers for an API of ours", "/api/files/1", 451, "nobody gets any"],
    ["that throws, by its own handler", "/broken", 500, "their handler: theirs"],
    ["beside the APIs that throws, by its own handler", "/api/broken", 418, "their handler: theirs"],
    ["that isn't there, by its own page", "/nowhere", 404, "<p>their page</p>"],
  ])("answers a route %s", async (_, path, status, body) => {
    const answer = await inFrontOf(createPeoplesApp().app).fetch(path);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(answer.headers.get("coatcheck-problem")).toBeNull();
    expect(rig.api.calls).toEqual([]);
  });

  it.each([
    "/bff",
    "/bff/",
    "/bff/session/",
    "/bff/session;.js",
    "/bff/session/x.css",
    "/BFF/session",
    "/api",
    "/api/note",
    "/api/notesx",
    "/api/me/x.css",
    "/API/notes",
    "/api;x/notes/1",
    "/readyz/..;/bff/session",
  ])("S-108 S-124: shows no page for %s, though it has one for everything", async (path) => {
    const app = new Hono();
    app.route("/", rig.bff.app);
    app.get("*", (c) => c.html("<p>a page</p>", 200, { "x-page": "1" }));
    const answer = await inFrontOf(app).navigate(path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("x-page")).toBeNull();
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  });

  it("S-138: keeps a failure of ours to ourselves: a problem, and not their handler's words", async () => {
    const bff = rig.instance(
      {},
      {
        nowMs: () => {
          throw new RangeError("secret words");
        },
      },
    );
    const app = new Hono();
    app.route("/", bff.app);
    app.onError((error, c) => c.text(`their handler: ${error.message}`));
    const answer = await inFrontOf(app).fetch("/bff/session");
    expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([500, "internal"]);
  });

  it("S-106: mounted elsewhere, answers nothing: what the router sees isn't what was asked for", async () => {
    const app = new Hono().route("/auth", rig.bff.app);
    expect((await inFrontOf(app).fetch("/auth/bff/session")).status).toBe(404);
    const incoming = {
      url: "/elsewhere/bff/session",
      rawHeaders: ["host", "localhost:3000", "x-coatcheck", "1"],
    };
    const answer = await rig.bff.app.request(`${ORIGIN}/bff/session`, {}, { incoming });
    expect(answer.status).toBe(404);
  });
});

describe("an API with a longer prefix", () => {
  it("S-108: decides alone, whichever way a call takes: what it doesn't offer, no shorter one does", async () => {
    const bff = rig.instance({
      routes: [
        { prefix: "/api/a", upstream: `${rig.api.origin}/short`, tokenKind: "none" },
        { prefix: "/api/a/b", upstream: `${rig.api.origin}/long`, tokenKind: "none", methods: ["GET"] },
      ],
    });
    const browser = createBrowser(bff, ORIGIN, rig.seen);
    const statuses: number[] = [];
    for (const [method, path] of [
      ["GET", "/api/a/b/1"],
      ["GET", "/api/a/bc"],
      ["POST", "/api/a/b/1"],
      ["HEAD", "/api/a/b"],
    ] as const) {
      statuses.push((await browser.fetch(path, { method })).status);
      const headers = [
        ["host", "localhost:3000"],
        ["x-coatcheck", "1"],
        ["sec-fetch-site", "same-origin"],
      ] as const;
      const direct = await bff.answerApiCall({ method, rawTarget: path, headers, body: null }, {});
      expect(direct?.status).toBe(statuses.at(-1));
    }
    expect(statuses).toEqual([200, 200, 405, 405]);
    expect(new Set(rig.api.calls.map(({ url }) => url))).toEqual(new Set(["/long/1", "/short/bc"]));
  });
});

describe("own routes with the guard and the session of a BFF", () => {
  function createGuardedApp(): Hono<BffEnv> {
    const app = new Hono<BffEnv>();
    app.use("/my/*", rig.bff.guard());
    app.get("/my/files", rig.bff.guard({ downloads: true }), (c) => c.text("a file"));
    app.get("/hello", rig.bff.session(), (c) =>
      c.text(c.var.session.state === "anonymous" ? "Hello" : `Hello ${c.var.session.user.sub}`),
    );
    app.get("/my/notes", rig.bff.requireSession(), async (c) => {
      const token = await rig.bff.accessToken(c, RESOURCE);
      if (token.kind === "denied") return token.response;
      return c.json({ session: c.var.session, isToken: token.accessToken.split(".").length === 3 });
    });
    app.get("/my/secrets", rig.bff.session(), (c) => c.json(c.var));
    app.route("/", rig.bff.app);
    return app;
  }

  it("S-074: refuse what our own page didn't send, with a problem", async () => {
    const app = createGuardedApp();
    for (const headers of [{}, { "x-coatcheck": "1", "sec-fetch-site": "cross-site" }]) {
      const answer = await inFrontOf(app).raw("/my/notes", { headers });
      expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([403, "guard_refused"]);
    }
    expect(rig.log.at(-1)).toMatchObject({ event: "guard_refused", route: "/my/*" });
  });

  it("know who is signed in, and get a token that leaves no cookie behind", async () => {
    const app = createGuardedApp();
    expect(await (await inFrontOf(app).navigate("/hello")).text()).toBe("Hello ada");
    const stranger = createBrowser({ app }, ORIGIN, rig.seen);
    expect(await (await stranger.navigate("/hello")).text()).toBe("Hello");
    const answer = await inFrontOf(app).fetch("/my/notes");
    expect(await answer.json()).toMatchObject({ session: { state: "active" }, isToken: true });
    // The token was refreshed for this resource: the new cookie leaves with an answer of somebody else's making.
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(0);
  });

  it("answer 401 where somebody has to be signed in, and 409 to a page of somebody else", async () => {
    const app = createGuardedApp();
    const anonymous = await createBrowser({ app }, ORIGIN, rig.seen).fetch("/my/notes");
    expect([anonymous.status, anonymous.headers.get("coatcheck-problem")]).toEqual([401, "no_session"]);
    const other = await inFrontOf(app).fetch("/my/notes", {
      headers: { "x-coatcheck-user": "f".repeat(32) },
    });
    expect([other.status, other.headers.get("coatcheck-problem")]).toEqual([409, "user_changed"]);
  });
});
