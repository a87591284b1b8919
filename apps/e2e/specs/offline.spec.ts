import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtWebFolder } from "@coatcheck/demo";
import type { Page } from "@playwright/test";
import { expect, test as base, type Actions, type Person } from "../src/fixtures.ts";
import { signOutEverywhere } from "../src/provider-page.ts";
import { sessionPanel, signInFromPanel } from "../src/session-panel.ts";

interface Deployment {
  /** Changes the files that the server has, and starts it anew; after the test they are as they were. */
  deploy: (change: (folder: string) => void) => Promise<void>;
}

/** The server has a copy of the built page, of which a spec can deploy another version. */
const test = base.extend<Deployment, { webRoot: string }>({
  webRoot: [
    // oxlint-disable-next-line eslint/no-empty-pattern -- Playwright reads the fixtures that it needs from here
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "coatcheck-web-"));
      cpSync(builtWebFolder, folder, { recursive: true });
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: "worker" },
  ],
  demoOptions: async ({ webRoot }, use) => use({ webRoot }),
  deploy: async ({ demo, webRoot }, use) => {
    await use(async (change) => {
      change(webRoot);
      await demo.restartServer();
    });
    rmSync(webRoot, { recursive: true });
    cpSync(builtWebFolder, webRoot, { recursive: true });
    await demo.restartServer();
  },
});

test.use({
  serviceWorkers: "allow",
  allowed: { console: /Failed to load resource: (?:net::ERR_|the server responded with a status of 401)/ },
});

/** Resolves when the browser keeps the page. */
async function pageIsKept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
  });
}

/** The addresses of everything in the Cache Storage. */
function keptAddresses(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    const kept: string[] = [];
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) kept.push(new URL(url).pathname);
    return kept;
  });
}

async function openNote(page: Page, title: string): Promise<void> {
  await page.getByRole("list", { name: "Notes" }).getByText(title).first().click();
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue(title);
}

/** Somebody is signed in, and the browser keeps the page. */
async function openKept(page: Page, actions: Actions, person: Person = "ada"): Promise<void> {
  await actions.signIn(page, person);
  await pageIsKept(page);
}

test("a reload offline shows the page with what isn't saved, and says so; online again everything is saved", async ({
  page,
  context,
  actions,
}) => {
  await openKept(page, actions, "ines");
  await openNote(page, "Bicycle");
  await context.setOffline(true);
  await page.getByRole("textbox", { name: "Text" }).fill("Typed before the reload.");
  await expect(page.getByText("until you are online")).toBeVisible();
  await actions.newNote(page, "Begun offline");
  await expect(page.getByText("until you are online")).toBeVisible();

  await page.reload();
  await expect(page.getByText("You are offline.")).toBeVisible();
  const list = page.getByRole("list", { name: "Notes" });
  await expect(list.getByText("Bicycle")).toBeVisible();
  await expect(list.getByText("Begun offline")).toBeVisible();
  await expect(page.getByText("Your notes come when you are online.")).toBeVisible();
  // Nothing but what was typed here is in this browser: no other note, and nobody's name.
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await expect(page.getByText("Ines")).toHaveCount(0);
  await list.getByText("Bicycle").click();
  const text = page.getByRole("textbox", { name: "Text" });
  await expect(text).toHaveValue("Typed before the reload.");
  await text.fill("Typed before the reload. And after it.");

  await context.setOffline(false);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await expect(page.getByText("Ines").first()).toBeVisible();
  await expect(page.getByText("You are offline.")).toBeHidden();
  const { body } = await actions.call(page, "/api/notes?limit=100");
  expect(body).toContain("Typed before the reload. And after it.");
  expect(body.split("Begun offline")).toHaveLength(2);
  await expect(list.getByRole("listitem")).not.toHaveCount(2);
});

test("the page opens while the counter is away, too, at any address of it", async ({
  page,
  actions,
  demo,
}) => {
  await openKept(page, actions);
  await demo.stopServer();
  for (const path of ["/", "/counter", "/notes/4711"]) {
    await page.goto(path);
    await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
    await expect(page.getByText("The counter is not answering.").first()).toBeVisible();
  }
  await demo.startServer();
  await page.goto("/");
  await expect(page.getByText("Ada Lindqvist").first()).toBeVisible();
});

test("a session that ended while the page was offline: the page stays, and one sign-in goes on", async ({
  page,
  context,
  actions,
}) => {
  await openKept(page, actions);
  await context.setOffline(true);
  await page.reload();
  await actions.newNote(page, "Across the border");
  await actions.endAtProvider("ada");
  await context.setOffline(false);
  await expect(sessionPanel(page)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("Across the border");
  await expect(sessionPanel(page)).toContainText("Across the border");
  await signInFromPanel(page);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  expect((await actions.call(page, "/api/notes?limit=100")).body).toContain("Across the border");
});

test("S-099 after a sign-out the browser keeps files of the build and nothing of the person, and a reload offline is nobody's", async ({
  page,
  context,
  actions,
}) => {
  await openKept(page, actions);
  await openNote(page, "Seat numbers");
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("Seat numbers");
  const shell = new Set(readdirSync(join(builtWebFolder, "assets")).map((name) => `/assets/${name}`));
  const kept = await keptAddresses(page);
  expect(kept.filter((path) => path !== "/" && !shell.has(path) && !/^\/[\w.-]+$/u.test(path))).toEqual([]);
  expect(kept).toContain("/");

  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here", exact: true }).click();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  const remembered = await page.evaluate(async () => {
    const all: unknown[] = [];
    for (const { name = "" } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open(name);
        opening.addEventListener("success", () => resolve(opening.result));
      });
      for (const store of db.objectStoreNames) {
        const reading = db.transaction(store).objectStore(store).getAll();
        await new Promise((resolve) => reading.addEventListener("success", resolve));
        all.push(...(reading.result as unknown[]));
      }
      db.close();
    }
    return all;
  });
  expect(remembered).toEqual([]);
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole("heading", { name: "You are offline." })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
  await page.goto("/notes/1");
  await expect(page.getByRole("heading", { name: "You are offline." })).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
});

test("what the BFF and the APIs answer never passes through the worker, and cookie and guard work as without it", async ({
  page,
  context,
  actions,
  demo,
}) => {
  await openKept(page, actions);
  const through: string[] = [];
  const answered: string[] = [];
  context.on("response", (response) => {
    const { pathname } = new URL(response.url());
    answered.push(pathname);
    if (response.fromServiceWorker()) through.push(pathname);
  });
  await page.reload();
  await openNote(page, "Seat numbers");
  await page.getByRole("textbox", { name: "Text" }).fill("Saved past the worker.");
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  expect(answered).toEqual(expect.arrayContaining(["/bff/session", "/api/notes"]));
  expect(through.filter((path) => /^\/(?:bff|api)\//u.test(path))).toEqual([]);
  // The page itself does.
  expect(through).toContain("/");

  // A whole sign-out and sign-in, with its redirects and its Strict cookie.
  await signOutEverywhere(page, demo);
  await expect(page.getByText("You signed out, here and at the provider.")).toBeVisible();
  await actions.signIn(page, "ada", "/counter");
  expect(await actions.session(page)).toMatchObject({ state: "active" });
  expect(new URL(page.url()).pathname).toBe("/counter");
  expect((await demo.control.counters("ada")).codeExchanges).toBe(2);
});

test("a navigation to the BFF reaches it once, also where browsers have no static routes", async ({
  page,
  actions,
  demo,
  deploy,
}) => {
  await deploy((folder) => rewrite(join(folder, "service-worker.js"), "addRoutes", "addRoutesOfNoBrowser"));
  await page.goto("/");
  await pageIsKept(page);
  const before = demo.logs().length;
  await actions.signIn(page);
  const seen = demo.logs().slice(before);
  expect(seen.filter((line) => line.includes('"sign_in_started"'))).toHaveLength(1);
});

test("a version that can't be kept whole leaves nothing behind, and the one before stays", async ({
  page,
  deploy,
}) => {
  await page.goto("/");
  await pageIsKept(page);
  const kept = await page.evaluate(() => caches.keys());
  await deploy((folder) => {
    useBuild(folder, "broken");
    rmSync(join(folder, "theme.js"));
  });
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const given = new Promise<void>((resolve) =>
      registration.addEventListener("updatefound", () => {
        const worker = registration.installing;
        worker?.addEventListener("statechange", () => worker.state === "redundant" && resolve());
      }),
    );
    await Promise.all([given, registration.update().catch(() => undefined)]);
  });
  expect(await page.evaluate(() => caches.keys())).toEqual(kept);
});

test("a new version arrives with the next load, is kept for the next time offline, and the old one goes", async ({
  page,
  context,
  deploy,
}) => {
  const version = () => page.evaluate(() => document.documentElement.dataset["build"]);
  const keptVersions = () => page.evaluate(async () => (await caches.keys()).length);
  await page.goto("/");
  await pageIsKept(page);
  expect(await version()).toBeUndefined();

  for (const build of ["two", "three"]) {
    await deploy((folder) => useBuild(folder, build));
    await page.goto("/");
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
    expect(await version()).toBe(build);
    // Kept in its turn: offline, it is the new one that opens.
    const main = (await page.locator("script[type=module]").getAttribute("src")) ?? "";
    await expect.poll(() => keptAddresses(page)).toContain(main);
    await expect
      .poll(() => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting === null))
      .toBe(true);
    await context.setOffline(true);
    await page.reload();
    await expect(page.getByRole("heading", { name: "You are offline." })).toBeVisible();
    expect(await version()).toBe(build);
    await context.setOffline(false);
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  }
  // The one before stays for pages that are still open with it, and no other.
  await expect.poll(keptVersions).toBe(2);
});

/** Puts another build in the place of the one in this folder: its main script has another name, as after any change. */
function useBuild(folder: string, build: string): void {
  const html = readFileSync(join(folder, "index.html"), "utf8");
  const before = /assets\/(index-[\w-]+)\.js/u.exec(html)?.[1] ?? "";
  const after = `index-build${build}00`;
  renameSync(join(folder, `assets/${before}.js`), join(folder, `assets/${after}.js`));
  for (const name of [
    "index.html",
    "service-worker.js",
    ...readdirSync(join(folder, "assets")).map((n) => `assets/${n}`),
  ]) {
    if (!/\.(?:js|html)$/u.test(name)) continue;
    const path = join(folder, name);
    const text = readFileSync(path, "utf8").replaceAll(before, after);
    const mark = `document.documentElement.dataset.build="${build}";`;
    const withVersion = text.replace(/(coatcheck-shell-`,\w+=\w+\+")\w+/u, `$1${build}`);
    const unmarked = text.replace(/^document\.documentElement\.dataset\.build="\w+";/u, "");
    writeFileSync(path, name.endsWith(`${after}.js`) ? mark + unmarked : withVersion);
  }
}

function rewrite(path: string, before: string, after: string): void {
  const text = readFileSync(path, "utf8");
  if (!text.includes(before)) throw new Error(`${path} has no ${before}.`);
  writeFileSync(path, text.replaceAll(before, after));
}
