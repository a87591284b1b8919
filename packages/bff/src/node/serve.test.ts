import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { freePort } from "@coatcheck/testkit/node";
import { createDevIdpControl, signInByForm, createDevIdp } from "@coatcheck/dev-idp";
import type { DevIdp, DevIdpControl } from "@coatcheck/dev-idp";
import { Hono } from "hono";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createBrowser } from "../../fixtures/browser.ts";
import type { Browser } from "../../fixtures/browser.ts";
import { createHttpApp } from "../../fixtures/http-app.ts";
import { startRecordingApi } from "../../fixtures/recording-api.ts";
import type { RecordingApi } from "../../fixtures/recording-api.ts";
import { ORIGIN, startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import { serve } from "./serve.ts";
import type { Served } from "./serve.ts";

const KEPT = { headers: { connection: "keep-alive" } };
const EXAMPLE = fileURLToPath(new URL("../../examples/hono-app.ts", import.meta.url));

async function signIn(browser: Browser): Promise<void> {
  const begun = await browser.navigate("/bff/login");
  const authorizationUrl = begun.headers.get("location") ?? "";
  const callback = new URL(await signInByForm({ authorizationUrl, username: "ada", password: "ticket" }));
  await browser.navigate(callback.pathname + callback.search, "cross-site");
}

describe("the example of the README, as a process", () => {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-example-"));
  let idp: DevIdp;
  let control: DevIdpControl;
  let api: RecordingApi;
  let port: number;
  let origin: string;
  let running: { readonly child: ChildProcess; readonly output: string[] } | undefined;

  beforeAll(async () => {
    port = await freePort();
    origin = `http://localhost:${port}`;
    const client = {
      clientId: "my-app",
      clientSecret: "s".repeat(32),
      redirectUris: [`${origin}/bff/callback`],
    };
    idp = await createDevIdp({ clients: [client], accessTokenSeconds: 300 });
    control = createDevIdpControl(idp.issuer);
    api = await startRecordingApi();
  });
  afterEach(async () => {
    running?.child.kill("SIGKILL");
    running = undefined;
    await control.reset();
  });
  afterAll(async () => {
    await Promise.all([idp.close(), api.close()]);
    rmSync(folder, { recursive: true });
  });

  async function startExample(): Promise<void> {
    const child = spawn(process.execPath, [EXAMPLE], {
      cwd: folder,
      env: {
        PUBLIC_ORIGIN: origin,
        PORT: String(port),
        OIDC_ISSUER: idp.issuer,
        OAUTH_CLIENT_ID: "my-app",
        OAUTH_CLIENT_SECRET: "s".repeat(32),
        COOKIE_KEY: "9vQp3kYc0rJmW7xTzL2hBdN5sGfE8aUoIiKq4tVyRw0",
        API_URL: api.origin,
      },
    });
    const output: string[] = [];
    running = { child, output };
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()));
    await expect.poll(() => output.join(""), { timeout: 20_000 }).toContain(`Listening on ${port}`);
  }

  /** @returns how it ended */
  async function stopExample(signal: "SIGTERM" | "SIGINT"): Promise<number | string | null> {
    if (running === undefined) throw new Error("nothing runs");
    const exited = once(running.child, "exit") as Promise<[number | null, string | null]>;
    running.child.kill(signal);
    const [code, by] = await exited;
    return code ?? by;
  }

  const newBrowser = () => createBrowser({ app: createHttpApp(port) }, origin, { responses: [] });

  it("signs in, calls the API with the token, and runs its own middleware around it", async () => {
    await startExample();
    const browser = newBrowser();
    expect(await (await browser.navigate("/hello")).text()).toBe("Hello.");
    await signIn(browser);
    expect(await (await browser.navigate("/hello")).text()).toBe("Hello again.");
    api.calls.length = 0;
    expect((await browser.fetch("/api/notes/7")).status).toBe(200);
    expect(api.calls).toMatchObject([
      { url: "/7", headers: { authorization: expect.stringMatching(/^Bearer ./u) } },
    ]);
    await expect.poll(() => running?.output.join("")).toContain("GET /api/notes/7");
    expect(await stopExample("SIGINT")).toBe(0);
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "S-145: %s in the middle of a refresh loses none of 3 sessions, though the answers are late",
    async (signal) => {
      await startExample();
      // From here on an access token is over as soon as it is there: the first call refreshes.
      await control.setAccessTokenLifetime(1);
      const browsers = [newBrowser(), newBrowser(), newBrowser()];
      await Promise.all(browsers.map((browser) => signIn(browser)));
      const before = browsers.map((browser) => browser.copy());
      // The provider has rotated the refresh token, and its answer is on the way.
      await control.setAccessTokenLifetime(300);
      await control.addFault({ kind: "hold", when: "after", grant: "refresh_token" });
      const answers = browsers.map((browser) => browser.fetch("/bff/refresh", { method: "POST" }));
      expect(await control.waitUntilHeld({ atLeast: 3 })).toBe(true);

      const exited = stopExample(signal);
      // It takes nobody new, and isn't gone.
      await expect
        .poll(
          () =>
            newBrowser()
              .fetch("/healthz")
              .catch(() => "refused"),
          { timeout: 10_000 },
        )
        .toBe("refused");
      expect(running?.child.exitCode).toBeNull();
      await control.release();
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await exited).toBe(0);

      await startExample();
      // Also where the answer got lost on its way, and the browser shows the cookie from before.
      const shown = [...browsers, ...before];
      const views = await Promise.all(
        shown.map(async (browser) => (await browser.fetch("/bff/refresh", { method: "POST" })).json()),
      );
      expect(views).toMatchObject(shown.map(() => ({ state: "active" })));
      expect(idp.counters().grantsRevoked).toBe(0);
    },
    60_000,
  );
});

describe("serve", () => {
  let rig: Rig;
  let served: Served | undefined;
  afterEach(async () => {
    await served?.close();
    served = undefined;
    await Promise.all([rig.idp.close(), rig.api.close()]);
  });

  async function start(
    options: { readonly apiCalls?: "through-app" | "direct" } = {},
  ): Promise<{ readonly browser: Browser; readonly seen: string[] }> {
    rig = await startRig();
    const seen: string[] = [];
    const app = new Hono();
    app.use(async (c, next) => {
      seen.push(c.req.path);
      await next();
    });
    app.route("/", rig.bff.app);
    served = await serve(rig.bff, app, { port: 0, host: "127.0.0.1", signals: false, ...options });
    const browser = createBrowser({ app: createHttpApp(served.port) }, ORIGIN, rig.seen);
    await rig.signIn(browser);
    seen.length = 0;
    return { browser, seen };
  }

  it.each(["through-app", "direct"] as const)(
    "keeps idle connections for longer than load balancers do (%s)",
    async (apiCalls) => {
      const { browser } = await start({ apiCalls });
      for (const path of ["/api/plain/1", "/bff/session", "/healthz"])
        expect((await browser.fetch(path, KEPT)).headers.get("keep-alive")).toBe("timeout=75");
    },
  );

  it("has people's middleware run for API calls, too", async () => {
    const { browser, seen } = await start();
    expect((await browser.fetch("/api/plain/1")).status).toBe(200);
    expect(seen).toEqual(["/api/plain/1"]);
  });

  it("takes API calls past the app where it is told to, and nothing else", async () => {
    const { browser, seen } = await start({ apiCalls: "direct" });
    expect((await browser.fetch("/api/plain/1")).status).toBe(200);
    expect((await browser.fetch("/bff/session")).status).toBe(200);
    expect((await browser.fetch("/api/unknown")).status).toBe(404);
    expect(seen).toEqual(["/bff/session", "/api/unknown"]);
  });

  it.each(["through-app", "direct"] as const)(
    "S-145: closed, lets a call finish that is under way (%s), and closes the ledger after it",
    async (apiCalls) => {
      const { browser } = await start({ apiCalls });
      const order: string[] = [];
      const close = rig.ledger.close.bind(rig.ledger);
      Object.assign(rig.ledger, { close: () => (order.push("ledger closed"), close()) });
      const asked = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      rig.api.answer((_, response) => {
        asked.resolve();
        void go.promise.then(() => response.end("late"));
      });
      const call = browser.fetch("/api/plain/1").then(async (answer) => {
        order.push(await answer.text());
        return answer.status;
      });
      await asked.promise;
      const closed = served?.close();
      await expect.poll(() => browser.fetch("/healthz").catch(() => "refused")).toBe("refused");
      go.resolve();
      expect(await call).toBe(200);
      await closed;
      expect(order).toEqual(["late", "ledger closed"]);
    },
  );

  it("warns of an app of another copy of hono, and of no other app", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coatcheck-hono-"));
    cpSync(join(dirname(createRequire(import.meta.url).resolve("hono")), ".."), folder, { recursive: true });
    const entry = pathToFileURL(join(folder, "index.js")).href;
    const { Hono: Another } = (await import(entry)) as { readonly Hono: typeof Hono };
    const warned: string[] = [];
    const hear = (warning: Error): void => void warned.push(warning.message);
    process.on("warning", hear);
    rig = await startRig();
    const options = { port: 0, host: "127.0.0.1", signals: false };
    for (const app of [new Hono(), new Another(), { fetch: () => new Response() }]) {
      served = await serve(rig.bff, app, options);
      await new Promise(setImmediate);
    }
    process.off("warning", hear);
    rmSync(folder, { recursive: true });
    expect(warned).toEqual([expect.stringMatching(/another copy of hono.*npm ls hono.*one version/u)]);
  });

  it("rejects where the port is taken", async () => {
    await start();
    await expect(
      serve(rig.bff, rig.bff.app, { port: served?.port ?? 0, host: "127.0.0.1", signals: false }),
    ).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
