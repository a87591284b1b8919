import { IDLE_HEADER, problemSchema, USER_HEADER } from "@coatcheck/contract";
import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import type { Browser } from "../fixtures/browser.ts";
import { ORIGIN, RESOURCE, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { createMyRoutes } from "../examples/my-routes.ts";
import type { BffEnv } from "./hono/bff-env.ts";
import type { SessionDemands } from "./session/demands.ts";

let rig: Rig;
let jar: Browser["cookies"];
beforeAll(async () => {
  rig = await startRig();
  const browser = rig.browser();
  // `max_age` makes the provider tell when the person signed in.
  await rig.signIn(browser, { query: "max_age=600" });
  jar = browser.cookies;
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.api.calls.length = 0;
  rig.api.answer((_, response) =>
    response
      .writeHead(200, { "content-type": "application/json", "set-cookie": "api=1", "x-total": "7" })
      .end('{"ok":true}'),
  );
});

function inFrontOf(app: Pick<Hono, "request">): Browser {
  return createBrowser({ app }, ORIGIN, rig.seen, [...jar.values()]);
}

async function problemOf(answer: Response) {
  return [answer.status, problemSchema.parse(await answer.json())] as const;
}

describe("a route that demands more than a session", () => {
  function demanding(demands: SessionDemands): Hono<BffEnv> {
    const app = new Hono<BffEnv>();
    app.get("/mine", rig.bff.requireSession(demands), (c) => c.text("here you are"));
    return app;
  }

  it.each([
    ["nothing", {}],
    ["scopes that the token has", { scopes: ["openid", "notes:read"] }],
    ["a sign-in of the last five minutes", { maxAgeSeconds: 300 }],
  ])("lets pass who brings it: %s", async (_, demands) => {
    const answer = await inFrontOf(demanding(demands)).fetch("/mine");
    expect([answer.status, await answer.text()]).toEqual([200, "here you are"]);
  });

  it("names the scopes that are missing", async () => {
    const app = demanding({ scopes: ["notes:read", "notes:delete", "admin"] });
    const [status, problem] = await problemOf(await inFrontOf(app).fetch("/mine"));
    expect([status, problem.code, problem.scope]).toEqual([403, "insufficient_scope", "notes:delete admin"]);
  });

  it("S-118: asks for a new sign-in where the last one is too long ago", async () => {
    const later = rig.instance({}, { nowMs: () => Date.now() + 331_000 });
    const old = new Hono<BffEnv>().get("/mine", later.requireSession({ maxAgeSeconds: 300 }), (c) =>
      c.text("here you are"),
    );
    expect(await problemOf(await inFrontOf(old).fetch("/mine"))).toMatchObject([
      401,
      { code: "step_up_required", maxAgeSeconds: 300 },
    ]);
  });

  it("opens the session once, however many demands stand before it", async () => {
    const opened = new Set<unknown>();
    const remember: MiddlewareHandler = (c, next) => {
      opened.add(c.get("requestSession"));
      return next();
    };
    const app = new Hono<BffEnv>();
    app.use(rig.bff.session(), remember);
    app.use("/mine", rig.bff.requireSession(), remember);
    app.get("/mine", rig.bff.requireSession({ scopes: ["openid"] }), remember, (c) =>
      rig.bff.fetch(c, rig.api.origin),
    );
    expect((await inFrontOf(app).fetch("/mine")).status).toBe(200);
    expect(opened.size).toBe(1);
  });

  it("is an API route as well", async () => {
    const route = { prefix: "/api/a", upstream: `${rig.api.origin}/a`, resource: RESOURCE };
    const answers = await Promise.all(
      [{}, { scopes: ["notes:read"] }, { scopes: ["notes:delete"] }, { maxAgeSeconds: 300 }].map(
        async (demands) => {
          const bff = rig.instance({ routes: [{ ...route, ...demands }] });
          const answer = await inFrontOf(bff.app).fetch("/api/a/1");
          return [answer.status, answer.headers.get("coatcheck-problem")];
        },
      ),
    );
    expect(answers).toEqual([
      [200, null],
      [200, null],
      [403, "insufficient_scope"],
      [200, null],
    ]);
    const late = rig.instance(
      { routes: [{ ...route, maxAgeSeconds: 60 }] },
      { nowMs: () => Date.now() + 91_000 },
    );
    const [status, problem] = await problemOf(await inFrontOf(late.app).fetch("/api/a/1"));
    expect([status, problem.code, problem.maxAgeSeconds]).toEqual([401, "step_up_required", 60]);
  });
});

describe("code of the server that calls an API", () => {
  function calling(path: string, init: Parameters<Rig["bff"]["fetch"]>[2] = {}): Hono<BffEnv> {
    const app = new Hono<BffEnv>();
    app.get("/mine", rig.bff.session(), (c) => rig.bff.fetch(c, rig.api.origin + path, init));
    app.route("/", rig.bff.app);
    return app;
  }

  it("sends the session's token, and hands out what an API route would", async () => {
    const answer = await inFrontOf(
      calling("/deep/er%20path?x=1", {
        method: "POST",
        body: '{"a":1}',
        headers: { "content-type": "application/json", "x-tenant": "t1" },
        resource: RESOURCE,
        extraResponseHeaders: ["x-total"],
      }),
    ).fetch("/mine");
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
    const [call] = rig.api.calls;
    expect(call).toMatchObject({ method: "POST", url: "/deep/er%20path?x=1", body: '{"a":1}' });
    expect(call?.headers).toMatchObject({ "content-type": "application/json", "x-tenant": "t1" });
    expect(call?.headers.authorization).toMatch(/^Bearer [^.]+\.[^.]+\.[^.]+$/u);
    expect(call?.headers.cookie).toBeUndefined();
    // Code reads it, and gets the bytes as they were written.
    expect(call?.headers["accept-encoding"]).toBe("identity");
    expect(answer.headers.get("x-total")).toBe("7");
    // The API's cookie stays where it is, and the session's newer one leaves with the route's answer.
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(0);
    expect(answer.headers.getSetCookie().join()).not.toContain("api=1");
  });

  it("S-083: sends a call again with a newer token where the API refuses the first", async () => {
    const app = new Hono<BffEnv>();
    // Far enough ahead that a token may be taken for old, and it is still good.
    const later = rig.instance({}, { nowMs: () => Date.now() + 20_000 });
    app.get("/mine", later.session(), (c) => later.fetch(c, `${rig.api.origin}/x`));
    rig.api.answer((_, response) =>
      rig.api.calls.length === 1
        ? response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end()
        : response.end("fine"),
    );
    const answer = await inFrontOf(app).fetch("/mine");
    expect([answer.status, await answer.text(), rig.api.calls.length]).toEqual([200, "fine", 2]);
    expect(rig.api.calls[0]?.headers.authorization).not.toBe(rig.api.calls[1]?.headers.authorization);
  });

  it("isn't made for a page that was rendered for somebody else", async () => {
    const answer = await inFrontOf(calling("/x")).fetch("/mine", {
      headers: { "x-coatcheck-user": "f".repeat(32) },
    });
    expect((await problemOf(answer))[1].code).toBe("user_changed");
    expect(rig.api.calls).toEqual([]);
  });

  it("is told as the page would be that nobody is signed in, and that the API can't be reached", async () => {
    const app = calling("/x");
    const anonymous = await createBrowser({ app }, ORIGIN, rig.seen).fetch("/mine");
    expect((await problemOf(anonymous))[1].code).toBe("no_session");
    const broken = new Hono<BffEnv>();
    broken.get("/mine", rig.bff.session(), (c) => rig.bff.fetch(c, "http://127.0.0.1:9/"));
    const [status, problem] = await problemOf(await inFrontOf(broken).fetch("/mine"));
    expect([status, problem.code]).toEqual([502, "upstream_failed"]);
  });

  it.each(["before it is sent", "while the API takes its time"])(
    "is given up %s, with the reason",
    async (when) => {
      const app = new Hono<BffEnv>();
      const late = new AbortController();
      const isGone = new Promise<void>((resolve) => {
        rig.api.answer((_, response) => {
          response.once("close", () => resolve());
          late.abort(new Error("too late"));
        });
      });
      if (when === "before it is sent") late.abort(new Error("too late"));
      app.get("/mine", rig.bff.session(), (c) => rig.bff.fetch(c, rig.api.origin, { signal: late.signal }));
      app.onError(({ message }, c) => c.text(message, 504));
      const answer = await inFrontOf(app).fetch("/mine");
      expect([answer.status, await answer.text()]).toEqual([504, "too late"]);
      expect(rig.api.calls).toHaveLength(when === "before it is sent" ? 0 : 1);
      if (when !== "before it is sent") await isGone;
    },
  );

  it.each([
    ["a text", '{"a":1}', "7"],
    ["bytes", new Uint8Array(1_000), "1000"],
    ["a form", new URLSearchParams({ a: "1" }), "3"],
    ["nothing", "", "0"],
    ["a stream", () => new Blob(["abc"]).stream(), undefined],
  ])("sends a body with its length where that is known: %s", async (_, body, length) => {
    const app = new Hono<BffEnv>();
    const init = typeof body === "function" ? { body: body(), duplex: "half" as const } : { body };
    app.get("/mine", rig.bff.session(), (c) => rig.bff.fetch(c, rig.api.origin, { method: "POST", ...init }));
    expect((await inFrontOf(app).fetch("/mine")).status).toBe(200);
    const headers = rig.api.calls[0]?.headers;
    expect([headers?.["content-length"], headers?.["transfer-encoding"]]).toEqual([
      length,
      length === undefined ? "chunked" : undefined,
    ]);
  });

  it("S-083: sends a PUT again, body and all", async () => {
    const later = rig.instance({}, { nowMs: () => Date.now() + 20_000 });
    const app = new Hono<BffEnv>();
    app.get("/mine", later.session(), (c) =>
      later.fetch(c, `${rig.api.origin}/x`, { method: "PUT", body: "same" }),
    );
    rig.api.answer((_, response) =>
      rig.api.calls.length === 1
        ? response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end()
        : response.end("fine"),
    );
    expect((await inFrontOf(app).fetch("/mine")).status).toBe(200);
    expect(rig.api.calls.map(({ body }) => body)).toEqual(["same", "same"]);
  });

  it.each([
    ["/v1/notes/8?x=1", "/v1/notes/8?x=1"],
    ["/", "/"],
    [`${ORIGIN}/v1/notes/8`, "/v1/notes/8"],
    ["https://elsewhere.example/", null],
  ])("hands out the place %s as a path of the API", async (location, path) => {
    rig.api.answer((_, response) =>
      response.writeHead(201, { location, "content-location": location }).end("made"),
    );
    const answer = await inFrontOf(calling("/v1/notes", { method: "POST" })).fetch("/mine");
    const { status, headers } = answer;
    expect([status, headers.get("location"), headers.get("content-location")]).toEqual([201, path, path]);
  });

  it("has no token of one person for a page of another", async () => {
    const app = new Hono<BffEnv>();
    app.get("/fetch", rig.bff.session(), (c) => rig.bff.fetch(c, rig.api.origin));
    app.get("/token", rig.bff.session(), async (c) => {
      const token = await rig.bff.accessToken(c);
      return token.kind === "denied" ? token.response : c.text("granted");
    });
    for (const path of ["/fetch", "/token"]) {
      const headers = { [USER_HEADER]: "0".repeat(32) };
      const [status, problem] = await problemOf(await inFrontOf(app).fetch(path, { headers }));
      expect([path, status, problem.code]).toEqual([path, 409, "user_changed"]);
    }
    expect(rig.api.calls).toEqual([]);
  });

  it("keeps a session going only while somebody is at the page", async () => {
    const later = rig.instance({}, { nowMs: () => Date.now() + 200_000 });
    const app = new Hono<BffEnv>();
    app.get("/fetch", later.session(), (c) => later.fetch(c, rig.api.origin));
    app.get("/token", later.session(), async (c) => c.text((await later.accessToken(c)).kind));
    for (const path of ["/fetch", "/token"]) {
      const idle = await inFrontOf(app).fetch(path, { headers: { [IDLE_HEADER]: "1" } });
      expect([path, idle.status, idle.headers.getSetCookie()]).toEqual([path, 200, []]);
      const busy = await inFrontOf(app).fetch(path);
      expect([path, busy.headers.getSetCookie().length > 0]).toEqual([path, true]);
    }
  });

  it.each([
    ["http to another host", "http://notes.internal/", {}],
    ["a credential of its own", "https://notes.internal/", { headers: { authorization: "Basic x" } }],
    ["another protocol", "ftp://notes.internal/", {}],
  ])("fails before it is sent with %s", async (_, url, init) => {
    const app = new Hono<BffEnv>();
    app.get("/mine", rig.bff.session(), (c) => rig.bff.fetch(c, url, init));
    app.onError((error, c) => c.text(error.name, 500));
    expect(await (await inFrontOf(app).fetch("/mine")).text()).toBe("ProxyError");
  });

  it("is told what to write where no session was opened", async () => {
    const app = new Hono<BffEnv>();
    app.get("/fetch", (c) => rig.bff.fetch(c, rig.api.origin));
    app.get("/token", async (c) => c.json(await rig.bff.accessToken(c)));
    app.onError((error, c) => c.text(error.message, 500));
    for (const path of ["/fetch", "/token"])
      expect(await (await inFrontOf(app).fetch(path)).text()).toContain("put bff.session()");
  });
});

describe("the guide's example", () => {
  it("answers as it says", async () => {
    rig.api.answer((_, response) => response.end('{"total":7}'));
    const app = createMyRoutes(rig.bff, rig.api.origin);
    const browser = inFrontOf(app);
    expect(await (await browser.navigate("/hello")).text()).toMatch(/^Hello \w+/u);
    expect(await (await browser.fetch("/my/latest")).json()).toEqual({ total: 7 });
    expect(await (await browser.fetch("/my/count")).json()).toEqual({ total: 7 });
    expect((await browser.fetch("/my/account", { method: "DELETE" })).status).toBe(204);
    expect((await browser.raw("/my/count")).status).toBe(403);
    const stranger = createBrowser({ app }, ORIGIN, rig.seen);
    expect(await (await stranger.navigate("/hello")).text()).toBe("Hello.");
    expect((await stranger.fetch("/my/count")).status).toBe(401);
  });
});

describe("hooks of whoever embeds it", () => {
  it("let a person in with other claims for the page, within the seal", async () => {
    const asked: unknown[] = [];
    const bff = rig.instance(
      {},
      {
        onSignIn: (signingIn) => {
          asked.push([
            signingIn.claims.sub,
            signingIn.user.sub,
            signingIn.scope.split(" ").includes("openid"),
          ]);
          return { kind: "accept", user: { name: "Countess", roles: ["editor"], sub: "somebody else" } };
        },
      },
    );
    const browser = createBrowser(bff, ORIGIN, rig.seen);
    await rig.signIn(browser);
    const view = (await (await browser.fetch("/bff/session")).json()) as { user: unknown };
    expect(view.user).toEqual({ name: "Countess", roles: ["editor"], sub: "ada" });
    expect(asked).toEqual([["ada", "ada", true]]);
  });

  it.each([
    ["refuses", () => ({ kind: "refuse", reason: "not_in_group" }) as const, "not_allowed", "not_in_group"],
    ["throws", () => Promise.reject(new Error("secret words")), "failed", "on_sign_in_failed"],
    ["answers nothing", () => undefined as never, "failed", "on_sign_in_failed"],
    ["misspells it", () => ({ kind: "refused" }) as never, "failed", "on_sign_in_failed"],
  ])(
    "keep a person out where one %s: no session, and what came is revoked",
    async (_, hook, word, reason) => {
      const bff = rig.instance({}, { onSignIn: hook });
      const browser = createBrowser(bff, ORIGIN, rig.seen);
      const before = rig.idp.counters().revocations;
      const end = await rig.signIn(browser);
      expect([end.status, end.headers.get("location")]).toEqual([303, `/?signin=${word}`]);
      expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "anonymous" });
      expect(rig.log.findLast(({ event }) => event === "sign_in_failed")).toMatchObject({ reason });
      expect(JSON.stringify(rig.log)).not.toContain("secret words");
      await bff.drain();
      expect(rig.idp.counters().revocations).toBe(before + 1);
    },
  );

  it("are told of each refresh that this process led", async () => {
    const notified: unknown[] = [];
    const bff = rig.instance({}, { onRefresh: (refreshed) => void notified.push(refreshed) });
    const browser = createBrowser(bff, ORIGIN, rig.seen);
    await rig.signIn(browser);
    await browser.fetch("/api/notes/1");
    await Promise.all([1, 2, 3].map(() => browser.fetch("/bff/refresh", { method: "POST" })));
    await bff.drain();
    const session = rig.log.findLast(({ event }) => event === "sign_in")?.session;
    expect(notified).toEqual([
      { session, resource: RESOURCE, generation: 1 },
      { session, resource: "", generation: 2 },
    ]);
  });
});
