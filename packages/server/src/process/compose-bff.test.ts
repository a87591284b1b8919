import { createServer } from "node:http";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { assembleBff, type Extension } from "@coatcheck/bff/internal";
import type { BffConfig } from "@coatcheck/bff";
import { createMemoryLedger, type Ledger } from "@coatcheck/tokens";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseEnvironment } from "../environment/parse-environment.ts";
import { composeBff } from "./compose-bff.ts";
import type { ComposedBff } from "./compose-bff.ts";

const seen: string[] = [];
/** Hono middleware of the app that the process serves: it sees what goes through Hono, and nothing else. */
const watch: Extension = {
  name: "watch",
  addRoutes(app) {
    app.use("/api/*", async (c, next) => {
      seen.push(`api ${c.req.path}`);
      await next();
    });
    app.get("/bff/watched", (c) => {
      seen.push(`route ${c.req.routePath}`);
      return c.json({ watched: true });
    });
  },
};

describe("the production server", () => {
  let composed: ComposedBff;
  let origin: string;
  let config: BffConfig;
  let ledger: Ledger;
  /** How many hear what ends. */
  let watching = 0;
  let upstream: ListeningServer;
  let server: ListeningServer;

  beforeAll(async () => {
    upstream = await listenOnLoopback(createServer((_, response) => response.end("from the API")));
    server = await listenOnLoopback(createServer((request, response) => composed.answer(request, response)));
    origin = `http://localhost:${server.port}`;
    const parsed = parseEnvironment(
      {
        PUBLIC_ORIGIN: origin,
        DANGEROUSLY_ALLOW_HTTP: "loopback",
        COOKIE_KEYS: "dzZW0c4s5kiviOiVGDcw0O7MQudOXhBfux83LUcHuwY",
        OIDC_ISSUER: "http://127.0.0.1:9",
        OAUTH_CLIENT_ID: "app",
        OAUTH_CLIENT_SECRET: "p3zQ0-vT7_client",
        API_ROUTES_FILE: "routes.json",
        INSTANCES: "1",
      },
      () => JSON.stringify([{ prefix: "/api/open", upstream: upstream.origin, tokenKind: "none" }]),
    );
    if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
    const memory = createMemoryLedger({
      nowMs: () => Date.now(),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    });
    ledger = {
      ...memory,
      watchEndings(...listeners) {
        const ending = memory.watchEndings(...listeners);
        watching += 1;
        return { ...ending, stop: () => void (watching -= 1) };
      },
    };
    config = parsed.settings.bff;
    composed = composeBff({
      config,
      log: () => undefined,
      ledger,
      createBff: (config, ports) => assembleBff(config, ports, [watch]),
    });
  });
  afterAll(async () => {
    await Promise.all([server.close(), upstream.close()]);
    await composed.bff.drain();
    await composed.close();
  });
  beforeEach(() => {
    seen.length = 0;
  });

  it("closes its view of the ledger, which others go on using", async () => {
    const other = composeBff({ config, log: () => undefined, ledger });
    expect(watching).toBe(2);
    await other.close();
    expect(watching).toBe(1);
    await expect(ledger.probe()).resolves.toBe(undefined);
  });

  const ask = (path: string) => fetch(`${origin}${path}`, { headers: { "x-coatcheck": "1" } });

  it("answers its own routes through Hono", async () => {
    const answer = await ask("/bff/watched");
    expect([answer.status, await answer.json()]).toEqual([200, { watched: true }]);
    expect(seen).toEqual(["route /bff/watched"]);
  });

  it("takes API calls past it, and what is no API call through it", async () => {
    const answer = await ask("/api/open/1");
    expect([answer.status, await answer.text()]).toEqual([200, "from the API"]);
    expect(seen).toEqual([]);
    expect((await ask("/api/unknown")).status).toBe(404);
    expect(seen).toEqual(["api /api/unknown"]);
  });
});
