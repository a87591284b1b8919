import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import type { Ledger } from "@coatcheck/tokens";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStream } from "../../fixtures/open-stream.ts";
import { ORIGIN, startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import type { Browser } from "../../fixtures/browser.ts";
import type { Bff } from "../create-bff.ts";
import { createNodeListener } from "../node/create-node-listener.ts";
import type { ApiCallWay } from "../node/create-node-listener.ts";

const HOUR_MS = 3_600_000;
let rig: Rig;
/** Two instances, with a ledger handle each on one file. */
let one: Bff;
let other: Bff;
let folder: string;
const ledgers: Ledger[] = [];
const servers: ListeningServer[] = [];
const ports: Record<ApiCallWay, number> = { direct: 0, "through-app": 0 };
let logoutToken = "";
/** The answers that the API has open. */
const open = new Set<ServerResponse>();

async function listen(server: Server): Promise<number> {
  const listening = await listenOnLoopback(server);
  servers.push(listening);
  return listening.port;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-streams-"));
  const logoutPort = await listen(
    createServer((request, response) => {
      request.on("data", (chunk: Buffer) => (logoutToken += chunk.toString()));
      request.on("end", () => response.end());
    }),
  );
  rig = await startRig({
    secret: "streams-secret",
    idp: {
      accessTokenSeconds: 60,
      clients: [
        {
          clientId: "coatcheck-test",
          clientSecret: "streams-secret",
          redirectUris: [`${ORIGIN}/bff/callback`],
          backchannelLogoutUri: `http://127.0.0.1:${logoutPort}/`,
        },
      ],
    },
  });
  const instance = async () => {
    const ledger = createSqliteLedger({ file: join(folder, "ledger.sqlite") });
    ledgers.push(ledger);
    const bff = rig.instance({ session: { isListed: true } }, { ledger });
    await bff.ready();
    return bff;
  };
  [one, other] = [await instance(), await instance()];
  for (const apiCalls of ["direct", "through-app"] as const)
    ports[apiCalls] = await listen(createServer(createNodeListener(one, one.app, { apiCalls })));
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await Promise.all([one, other].map((bff) => bff.drain()));
  await Promise.all(ledgers.map((ledger) => ledger.close()));
  await rig.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  logoutToken = "";
  rig.api.answer(({ url }, response) => {
    if (!url.includes("open")) {
      response.end();
      return;
    }
    open.add(response);
    response.on("close", () => open.delete(response));
    const type = url.includes("events") ? "text/event-stream" : "application/octet-stream";
    response.writeHead(200, { "content-type": type });
    response.write("data: 1\n\n");
  });
});

/** The provider's clock stays where it is, so that nobody could sign in any more. */
let aheadMs = 0;
function advance(hours: number): void {
  aheadMs += hours * HOUR_MS;
  rig.advance(hours * HOUR_MS);
}
afterEach(() => {
  rig.advance(-aheadMs);
  aheadMs = 0;
});

function at(bff: Bff, browser: Browser) {
  return rig.browserOf(bff, browser);
}
async function signedIn(user: "ada" | "ines" = "ada"): Promise<Browser> {
  const browser = at(one, rig.browser());
  // What ends all sessions of a person ends a sign-in of the same second, too.
  await expect
    .poll(
      async () => {
        await rig.signIn(browser, { user });
        return (await browser.fetch("/api/plain/1")).status;
      },
      { timeout: 5_000 },
    )
    .toBe(200);
  return browser;
}
function signOut(browser: Browser, body = {}) {
  return browser.fetch("/bff/logout", { method: "POST", body: JSON.stringify(body) });
}

/** Every way in which a session ends. */
const ENDINGS: readonly (readonly [string, (browser: Browser) => Promise<unknown>])[] = [
  ["sign-out in the same process", (browser) => signOut(browser)],
  ["sign-out at another instance", (browser) => signOut(at(other, browser))],
  ["sign-out everywhere, from another browser", async () => signOut(await signedIn(), { everywhere: true })],
  ["signing in again in the same browser", (browser) => rig.signIn(browser)],
  ["signing in again as somebody else", (browser) => rig.signIn(browser, { user: "ines" })],
  [
    "back-channel logout at another instance",
    async () => {
      await rig.control.sendBackchannelLogout({ user: "ada", by: "sub" });
      const headers = { "content-type": "application/x-www-form-urlencoded", host: "localhost:3000" };
      const path = `${ORIGIN}/bff/backchannel-logout`;
      await other.app.request(path, { method: "POST", headers, body: logoutToken });
    },
  ],
  [
    "the provider, which gives no token any more",
    async (browser) => {
      await rig.control.revokeGrants("ada");
      advance(0.02);
      await at(other, browser).fetch("/bff/userinfo");
    },
  ],
  ["its idle deadline", async () => advance(0.6)],
  ["its absolute deadline", async () => advance(13)],
];

describe.each(["direct", "through-app"] as const)("an answer that is still coming, %s,", (way) => {
  it.each(ENDINGS)("S-072: ends with the session: by %s", { timeout: 10_000 }, async (_, end) => {
    const browser = await signedIn();
    const events = await openStream(ports[way], browser, "/api/plain/open/events");
    const download = await openStream(ports[way], browser, "/api/plain/open/file");
    expect([events.status, download.status, open.size]).toEqual([200, 200, 2]);
    await end(browser);
    expect([await events.end, await download.end]).toEqual(["whole", "broken"]);
    await expect.poll(() => open.size).toBe(0);
  });

  it("goes on while the session lives, whatever becomes of others", async () => {
    const [browser, stranger, same] = [await signedIn(), await signedIn("ines"), await signedIn()];
    const events = await openStream(ports[way], browser, "/api/plain/open/events");
    const others = await openStream(ports[way], same, "/api/plain/open/events");
    await signOut(stranger);
    await signOut(same);
    expect(await others.end).toBe("whole");
    await expect.poll(() => open.size).toBe(1);
    for (const response of open) response.write("data: 2\n\n");
    await expect.poll(() => events.text()).toContain("data: 2");
    events.leave();
    await expect.poll(() => open.size).toBe(0);
  });
});

describe("a session's idle deadline", () => {
  it.each([
    ["this process", () => one],
    ["another instance", () => other],
  ])("that a call to %s has moved holds for what is open", async (_, place) => {
    const [browser, stranger] = [await signedIn(), await signedIn("ines")];
    const events = await openStream(ports.direct, browser, "/api/plain/open/events");
    const idle = await openStream(ports.direct, stranger, "/api/plain/open/events");
    advance(0.4);
    await at(place(), browser).fetch("/bff/activity", { method: "POST" });
    advance(0.2);
    expect(await idle.end).toBe("whole");
    await expect.poll(() => open.size).toBe(1);
    for (const response of open) response.write("data: 2\n\n");
    await expect.poll(() => events.text()).toContain("data: 2");
    events.leave();
  });
});

it("a session that ended while the API was thinking gets no answer of it", async () => {
  const browser = await signedIn();
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  rig.api.answer((_call, response) => {
    asked.resolve();
    void goOn.promise.then(() => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
    });
  });
  const opening = openStream(ports.direct, browser, "/api/plain/open/events");
  await asked.promise;
  await signOut(browser);
  goOn.resolve();
  expect(await (await opening).end).toBe("whole");
});
