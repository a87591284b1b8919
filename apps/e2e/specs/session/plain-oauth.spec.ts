import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createBff } from "@coatcheck/bff";
import { createNodePorts, serve as serveBff } from "@coatcheck/bff/node";
import { findFreePort } from "@coatcheck/demo";
import { createGithubStandIn } from "@coatcheck/testkit";
import { createMemoryLedger } from "@coatcheck/tokens";
import { serve } from "@hono/node-server";
import { expect, test } from "@playwright/test";
import { Hono } from "hono";

const TOKEN_SECONDS = 4;
const CALLS = 20;

/** A provider in GitHub's shape, an API that takes its tokens, and an app that signs people in there. */
async function startApp() {
  const clientId = "Iv1.simulated";
  const clientSecret = randomBytes(20).toString("hex");
  const github = createGithubStandIn({
    clientId,
    clientSecret,
    nowMs: () => Date.now(),
    accessTokenSeconds: TOKEN_SECONDS,
  });
  const api = new Hono();
  api.get("/*", (c) => {
    const token = c.req.header("authorization")?.replace("Bearer ", "");
    const isLive = github.liveTokens().some(({ accessToken }) => accessToken === token);
    return isLive ? c.json({ ok: true }) : c.json({}, 401);
  });
  const [githubPort, apiPort, appPort] = [
    await findFreePort(0),
    await findFreePort(0),
    await findFreePort(0),
  ];
  const servers = [
    serve({ fetch: github.app.fetch, port: githubPort, hostname: "127.0.0.1" }),
    serve({ fetch: api.fetch, port: apiPort, hostname: "127.0.0.1" }),
  ];
  const origin = `http://localhost:${appPort}`;
  const provider = `http://127.0.0.1:${githubPort}`;
  const bff = createBff(
    {
      publicOrigin: origin,
      cookieKeys: [randomBytes(32).toString("base64url")],
      provider: { preset: "github", issuer: `${provider}/login/oauth`, clientId, clientSecret },
      routes: [{ prefix: "/api/notes", upstream: `http://127.0.0.1:${apiPort}` }],
      dangerouslyAllowHttp: "loopback",
    },
    createNodePorts({
      log: () => undefined,
      ledger: createMemoryLedger({
        nowMs: () => Date.now(),
        setTimeout: (run, ms) => setTimeout(run, ms),
        clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
      }),
    }),
  );
  const app = new Hono();
  app.route("/", bff.app);
  app.get("/", (c) => c.html('<!doctype html><title>App</title><a href="/bff/login">Sign in</a>'));
  const served = await serveBff(bff, app, { port: appPort });
  return {
    github,
    origin,
    provider,
    async close() {
      await served.close();
      for (const server of servers) {
        server.close();
        await once(server, "close");
      }
    },
  };
}

test("signs in at a provider of plain OAuth; 20 calls at once over an expiry answer 200; sign-out leaves no token there", async ({
  page,
}) => {
  const started = await startApp();
  const { github, origin, provider } = started;
  try {
    await page.goto(origin);
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.waitForURL(`${provider}/**`);
    await page.getByRole("button", { name: "Authorize as ada" }).click();
    await page.waitForURL(`${origin}/**`);
    const call = (path: string, method = "GET") =>
      page.evaluate(
        async ([target, verb]) => {
          const response = await fetch(target, {
            method: verb,
            headers: { "x-coatcheck": "1", "content-type": "application/json" },
            ...(verb === "POST" ? { body: "{}" } : {}),
          });
          return { status: response.status, body: await response.text() };
        },
        [path, method] as const,
      );
    expect(JSON.parse((await call("/bff/session")).body)).toMatchObject({
      state: "active",
      user: { sub: "583231", name: "Ada of the simulation", email: "ada@github.example" },
    });

    const wave = () =>
      page.evaluate(async (count) => {
        const calls = Array.from({ length: count }, () =>
          fetch("/api/notes/1", { headers: { "x-coatcheck": "1" } }),
        );
        return (await Promise.all(calls)).map(({ status }) => status);
      }, CALLS);
    const all200 = Array.from({ length: CALLS }, () => 200);
    expect(await wave()).toEqual(all200);
    const isExpired = async (): Promise<boolean> => {
      const { now, accessTokenExpiresAt } = JSON.parse((await call("/bff/session")).body) as Record<
        string,
        number
      >;
      return (accessTokenExpiresAt ?? 0) <= (now ?? 0);
    };
    await expect.poll(isExpired, { timeout: 20_000, intervals: [200] }).toBe(true);
    expect(await wave()).toEqual(all200);
    const refreshes = github
      .requestsTo("/access_token")
      .filter(({ form }) => form.get("grant_type") === "refresh_token");
    const sent = refreshes.map(({ form }) => form.get("refresh_token"));
    expect(sent.length).toBeGreaterThan(0);
    // A machine that is slow may see more than one expiry; no refresh token is ever sent twice.
    expect([new Set(sent).size, github.reuseCount()]).toEqual([sent.length, 0]);

    expect((await call("/bff/logout", "POST")).status).toBe(200);
    await expect.poll(() => github.liveTokens().length).toBe(0);
  } finally {
    await started.close();
  }
});
