import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNotesApi } from "@coatcheck/api";
import { createHttpBrowser, findFreePort, type HttpBrowser } from "@coatcheck/demo";
import { createDevIdp, createDevIdpControl, type DevIdpControl, type DevIdpUser } from "@coatcheck/dev-idp";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { ExampleHost, HostSetting, RunningHost } from "./host.ts";

/** One host that runs, with a real provider and a real API behind it. */
export interface HostStage {
  readonly host: ExampleHost;
  readonly control: DevIdpControl;
  readonly origin: string;
  readonly running: RunningHost;
  /** A new browser with somebody signed in whom no other check knows. */
  newVisitor(): Promise<HostVisitor>;
  /** Lets the streams of the API go on, which wait after their first event. */
  goOn(): void;
  /** Ends the host and starts it again, with the same ledger. @returns how it ended */
  restart(whenStopped: (stopped: Promise<unknown>) => Promise<void>): Promise<number | string | null>;
}

export interface HostVisitor {
  readonly person: DevIdpUser;
  readonly browser: HttpBrowser;
}

const NOTES = "https://notes.example/";
const PEOPLE = 100;

/** Starts it, and stops everything when the play is over. */
export async function onHostStage<T>(host: ExampleHost, play: (stage: HostStage) => Promise<T>): Promise<T> {
  const staged = await setHostStage(host);
  try {
    return await play(staged.stage);
  } finally {
    await staged.close();
  }
}

/** The same for a test file, which closes it. */
export async function setHostStage(
  host: ExampleHost,
): Promise<{ readonly stage: HostStage; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-host-"));
  const port = await findFreePort(0);
  const origin = `http://localhost:${port}`;
  const clientSecret = randomBytes(16).toString("base64url");
  const people = Array.from({ length: PEOPLE }, (_, index): DevIdpUser => {
    const sub = `person-${index}`;
    return { sub, username: sub, password: "ticket", claims: { name: `Person ${index}` } };
  });
  const idp = await createDevIdp({
    clients: [{ clientId: "my-app", clientSecret, appOrigin: origin }],
    users: people,
    resources: [{ indicator: NOTES, scopes: ["notes:read", "notes:write"] }],
    accessTokenSeconds: 300,
  });
  const control = createDevIdpControl(idp.issuer);
  const api = await startStageApi(idp.issuer);
  const setting: HostSetting = {
    PUBLIC_ORIGIN: origin,
    PORT: String(port),
    OIDC_ISSUER: idp.issuer,
    OAUTH_CLIENT_ID: "my-app",
    OAUTH_CLIENT_SECRET: clientSecret,
    COOKIE_KEY: randomBytes(32).toString("base64url"),
    API_URL: `${api.url}/v1`,
  };
  let running = await host.start(setting, folder).catch(async (error: unknown) => {
    await Promise.all([idp.close(), api.close(), rm(folder, { recursive: true, force: true })]);
    throw error;
  });

  const stage: HostStage = {
    host,
    control,
    origin,
    get running() {
      return running;
    },
    goOn: api.goOn,
    async newVisitor() {
      const person = people.pop();
      if (person === undefined) throw new RangeError("Nobody is left to sign in.");
      const browser = createHttpBrowser(origin);
      await browser.signIn(person);
      return { person, browser };
    },
    async restart(whenStopped) {
      const stopped = running.stop();
      await whenStopped(stopped);
      const how = await stopped;
      running = await host.start(setting, folder);
      return how;
    },
  };
  return {
    stage,
    async close() {
      await running.stop();
      await Promise.all([idp.close(), api.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The notes API of the demo, which verifies JWTs; a stream of events; and, for a host whose tokens are the provider's own, the
 * same list and post with the token tried at the provider.
 */
async function startStageApi(issuer: string) {
  const metadata = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { userinfo_endpoint: userinfo } = (await metadata.json()) as { readonly userinfo_endpoint: string };
  const notes = createNotesApi({ issuer, audience: NOTES, database: ":memory:" });
  const streams = new Set<ReadableStreamDefaultController<string>>();
  const api = new Hono();
  api.use(async (c, next) => {
    const authorization = c.req.header("authorization") ?? "";
    const isJwt = authorization.split(".").length === 3;
    if (isJwt && c.req.path !== "/v1/stream") return notes.fetch(c.req.raw);
    if (isJwt || (await fetch(userinfo, { headers: { authorization } })).ok) return next();
    return c.body(null, 401);
  });
  api.get("/v1/stream", (c) => {
    const events = new ReadableStream<string>({
      start(controller) {
        controller.enqueue("data: first\n\n");
        streams.add(controller);
      },
    });
    return c.body(events.pipeThrough(new TextEncoderStream()), 200, { "content-type": "text/event-stream" });
  });
  api.get("/v1", (c) => c.json({ notes: [], total: 0 }));
  api.post("/v1", async (c) => c.json(await c.req.json<object>(), 201));
  const answer = getRequestListener(api.fetch);
  const server = createServer((request, response) => void answer(request, response));
  const { origin, close } = await listenOnLoopback(server);
  return {
    url: origin,
    goOn: () => {
      for (const controller of streams) {
        controller.enqueue("data: last\n\n");
        controller.close();
      }
      streams.clear();
    },
    close,
  };
}
