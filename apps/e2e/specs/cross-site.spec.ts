import { createServer } from "node:http";
import type { Demo } from "@coatcheck/demo";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import type { BrowserContext } from "@playwright/test";
import { expect, test } from "../src/fixtures.ts";

/** Everything by which a page can make a browser send a request to somebody else's origin. */
function attackPage(app: string): string {
  return `<!doctype html><meta charset="utf-8"><body><script>
const app = ${JSON.stringify(app)};
const reads = ["/api/notes", "/bff/session", "/bff/userinfo", "/bff/demo/events", "/bff/logout", "/bff/refresh"];
const writes = ["/api/notes", "/bff/logout", "/bff/refresh", "/bff/activity", "/bff/validate", "/bff/demo/expire"];
const add = (name, set) => {
  const element = Object.assign(document.createElement(name), set);
  document.body.append(element);
  return element;
};
for (const path of reads) {
  const url = app + path;
  add("img", { src: url }); add("script", { src: url }); add("iframe", { src: url }); add("object", { data: url });
  add("video", { src: url }); add("embed", { src: url });
  add("link", { rel: "stylesheet", href: url }); add("link", { rel: "prefetch", href: url });
  add("link", { rel: "preload", as: "fetch", href: url });
  new EventSource(url, { withCredentials: true }).onerror = (event) => event.target.close();
  try { new WebSocket(url.replace("http", "ws")); } catch { /* refused before it began, as it should be */ }
  fetch(url, { mode: "no-cors", credentials: "include" }).catch(() => {});
  fetch(url, { credentials: "include", headers: { "X-Coatcheck": "1" } }).catch(() => {});
}
for (const path of writes) {
  const url = app + path;
  for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const frame = add("iframe", { name: "f" + Math.random() });
    const form = add("form", { method: "post", action: url, enctype, target: frame.name });
    form.append(Object.assign(document.createElement("input"), { name: '{"text":"', value: '"}' }));
    form.submit();
  }
  navigator.sendBeacon(url, new Blob(["{}"], { type: "text/plain" }));
  for (const method of ["POST", "PUT", "DELETE"]) {
    fetch(url, { method, credentials: "include", headers: { "X-Coatcheck": "1" }, body: "{}" }).catch(() => {});
  }
  fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body: "{}" }).catch(() => {});
  add("a", { href: "#", ping: url, textContent: "x" }).click();
}
</script>`;
}

function startAttacker(app: string): Promise<ListeningServer> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(attackPage(app));
  });
  return listenOnLoopback(server);
}

/** What the counter knows: the session, and every call and refresh of it. */
async function readState(context: BrowserContext, demo: Demo): Promise<unknown> {
  const read = async (path: string): Promise<unknown> => {
    const response = await context.request.get(demo.appUrl + path, { headers: { "x-coatcheck": "1" } });
    return [response.status(), await response.json()];
  };
  const [status, session] = (await read("/bff/session")) as [number, Record<string, unknown>];
  const { state, ticket, generation } = session;
  return { status, state, ticket, generation, events: await read("/bff/demo/events") };
}

// A port is no part of a site: the first gets the session's Strict cookie sent along, and only the guard stands between.
for (const { kind, host } of [
  { kind: "a sibling of the same site", host: "localhost" },
  { kind: "another site", host: "127.0.0.1" },
]) {
  test(`S-082 from ${kind} nothing reaches an API or changes the session`, async ({ actions, demo }) => {
    const attacker = await startAttacker(demo.appUrl);
    const context = await actions.newBrowser();
    const page = await context.newPage();
    await actions.signIn(page);
    // The page's own first calls: one still under way would count as a change.
    await expect(page.getByText("Seat numbers")).toBeVisible();
    await page.goto("about:blank");
    const before = await readState(context, demo);
    expect(before).toMatchObject({ status: 200, state: "active" });

    const seenLines = demo.logs().length;
    const refusals = (): readonly string[] =>
      demo
        .logs()
        .slice(seenLines)
        .filter((line) => line.includes('"guard_refused"'));
    const answered: string[] = [];
    page.on("response", (response) => {
      const request = response.request();
      if (response.url().startsWith(demo.appUrl))
        answered.push(`${request.method()} ${request.resourceType()} ${response.status()}`);
    });
    await page.goto(`http://${host}:${attacker.port}/`);
    await page.waitForLoadState("load");
    await expect.poll(() => refusals().length).toBeGreaterThan(20);
    let count = -1;
    await expect
      .poll(() => {
        const isQuiet = refusals().length === count;
        count = refusals().length;
        return isQuiet;
      })
      .toBe(true);
    await page.goto("about:blank");

    expect(answered.filter((answer) => !/ 4\d\d$/.test(answer))).toEqual([]);
    for (const route of ["/api/notes", "/bff/session", "/bff/logout", "/bff/refresh", "/bff/demo/expire"])
      expect(refusals().join("\n")).toContain(`"route":"${route}"`);
    expect(await readState(context, demo)).toEqual(before);
    await attacker.close();
  });
}
