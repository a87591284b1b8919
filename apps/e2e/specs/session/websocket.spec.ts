import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DemoOptions } from "@coatcheck/demo";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import type { Page } from "@playwright/test";
import { WebSocketServer } from "ws";
import { expect, test as base } from "../../src/fixtures.ts";

/** An API that takes every WebSocket and answers what it hears. */
interface LiveApi {
  readonly url: string;
  /** What each handshake had of these headers. */
  readonly handshakes: readonly { readonly authorization: string; readonly cookie: string | undefined }[];
}

const PATH = "/api/live/rooms/7";

const test = base.extend<object, { live: LiveApi; demoOptions: DemoOptions }>({
  live: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from this pattern
    async ({}, use) => {
      const handshakes: LiveApi["handshakes"][number][] = [];
      const server = createServer();
      const sockets = new WebSocketServer({ server });
      sockets.on("connection", (socket, { headers }) => {
        const { authorization = "", cookie } = headers;
        handshakes.push({ authorization: authorization.replace(/ .*/u, ""), cookie });
        socket.on("message", (data: Buffer) => socket.send(`heard ${data.toString()}`));
      });
      const { origin, close } = await listenOnLoopback(server);
      await use({ url: origin, handshakes });
      await close();
    },
    { scope: "worker" },
  ],
  demoOptions: [
    async ({ live }, use) => {
      const folder = await mkdtemp(join(tmpdir(), "coatcheck-live-"));
      const file = join(folder, "routes.json");
      await writeFile(file, JSON.stringify([{ prefix: "/api/live", upstream: live.url, websocket: true }]));
      await use({ environment: { API_ROUTES_FILE: file } });
      await rm(folder, { recursive: true });
    },
    { scope: "worker" },
  ],
});
// There is no notes API here, which the page asks.
test.use({ allowed: { console: /status of 404/u } });

/** Opens one as a page's script does. @returns what it heard and, when it is closed, how */
async function open(
  page: Page,
  url: string,
): Promise<{ readonly heard: string; readonly closed: Promise<unknown> }> {
  const held = await page.evaluateHandle((address) => {
    const socket = new WebSocket(address);
    const closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve([code, reason]));
    });
    const heard = new Promise<string>((resolve) => {
      socket.addEventListener("open", () => socket.send("hello"));
      socket.addEventListener("message", ({ data }) => resolve(String(data)));
      socket.addEventListener("close", () => resolve("nothing"));
    });
    return { heard, closed };
  }, url);
  const heard = await held.evaluate((socket) => socket.heard);
  return { heard, closed: held.evaluate((socket) => socket.closed) };
}

test("a page's WebSocket works by path, and ends when the person signs out in another tab", async ({
  page,
  context,
  actions,
  live,
}) => {
  await actions.signIn(page);
  const before = live.handshakes.length;
  const { heard, closed } = await open(page, PATH);
  expect(heard).toBe("heard hello");
  expect(live.handshakes.slice(before)).toEqual([{ authorization: "Bearer", cookie: undefined }]);

  const other = await context.newPage();
  await other.goto("/counter");
  await other.getByRole("button", { name: "Sign out", exact: true }).click();
  await other.getByRole("button", { name: "Sign out here", exact: false }).first().click();
  expect(await closed).toEqual([4401, "signed_out"]);
});

// A port is no part of a site: the first gets the session's Strict cookie sent along, and only `Origin` stands between.
for (const { kind, host } of [
  { kind: "a sibling of the same site", host: "localhost" },
  { kind: "another site", host: "127.0.0.1" },
]) {
  test(`S-081 a page of ${kind} gets no WebSocket`, async ({ actions, demo, live }) => {
    const stranger = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Stranger</title>");
    });
    const { port, close } = await listenOnLoopback(stranger);
    const page = await (await actions.newBrowser()).newPage();
    await actions.signIn(page);
    const before = live.handshakes.length;
    await page.goto(`http://${host}:${port}/`);
    const { heard, closed } = await open(page, demo.appUrl.replace("http", "ws") + PATH);
    expect([heard, await closed]).toEqual(["nothing", [1006, ""]]);
    expect(live.handshakes).toHaveLength(before);
    expect(demo.logs().some((line) => line.includes('"guard_refused"') && line.includes("/api/live"))).toBe(
      true,
    );
    await close();
  });
}
