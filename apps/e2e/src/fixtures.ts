import { startDemo, type Demo, type DemoOptions } from "@coatcheck/demo";
import {
  expect,
  sweep,
  test as base,
  watchContext,
  type Evidence,
  type Finding,
  type PageEvidence,
  type Secret,
} from "@coatcheck/playwright";
import type { BrowserContext, Page } from "@playwright/test";
import { readBundle } from "./bundle-evidence.ts";
import { forgetNotes } from "./forget-notes.ts";
import { fillInAtProvider } from "./provider-page.ts";

export type Person = "ada" | "ines";

export interface Actions {
  /** Opens a path and signs in at the provider's own page; ends on that path, signed in. */
  signIn(page: Page, person?: Person, path?: string): Promise<void>;
  /** Fills in the provider's page, wherever the page came from. */
  /**
   * Signs Ada in on a page that is wide enough for a note beside the list, and waits until the first calls are answered: one
   * that is under way would be answered by a session that the test ends meanwhile, or write a cookie over one of its own.
   */
  signInAndLoad(page: Page): Promise<void>;
  fillInAtProvider(page: Page, person: Person): Promise<void>;
  /** The provider ends a person's session there, and tells the server. */
  endAtProvider(person: Person): Promise<void>;
  /** Begins a note; the caret is in its title. */
  newNote(page: Page, title?: string): Promise<void>;
  /** Another browser with a cookie jar of its own, watched like the first. */
  newBrowser(): Promise<BrowserContext>;
  /** What the session endpoint says to this page. */
  session(page: Page): Promise<Record<string, unknown>>;
  /** Calls the BFF from the page as the SPA does. */
  call(
    page: Page,
    path: string,
    init?: { method?: string; body?: string },
  ): Promise<{ status: number; body: string }>;
}

interface TestFixtures {
  actions: Actions;
  /** Runs the sweep over everything that was seen up to now. */
  findSecrets: (more?: readonly Evidence[]) => Promise<readonly Finding[]>;
  /** Each test finds the sample notes; after each test nothing secret was seen, nothing was said on the console, and only app and provider were contacted. */
  houseRules: void;
  /** What a test allows itself beyond the house rules. */
  allowed: { readonly console?: RegExp; readonly secrets?: boolean };
}

interface WorkerFixtures {
  demo: Demo;
  demoOptions: DemoOptions;
}

/** What Chromium itself says when sign-out clears the cache, as it should. */
const BROWSER_NOTICE = /^Clear-Site-Data header on .* Cleared data types: "cache"\.$/;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  demoOptions: [{}, { option: true, scope: "worker" }],

  demo: [
    async ({ demoOptions }, use) => {
      const demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 }, ...demoOptions });
      await use(demo);
      await demo.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  allowed: [{}, { option: true }],

  baseURL: async ({ demo }, use) => use(demo.appUrl),

  actions: async ({ demo, browser }, use) => {
    const opened: BrowserContext[] = [];
    await use({
      async signIn(page, person = "ada", path = "/") {
        await page.goto(path);
        await page.getByRole("button", { name: "Sign in", exact: true }).click();
        await this.fillInAtProvider(page, person);
        await page.waitForURL((url) => url.origin === demo.appUrl);
        await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
      },
      async signInAndLoad(page) {
        // The last of them: the files of the note that stands open.
        const last = page.waitForResponse((response) => new URL(response.url()).pathname === "/api/files");
        await this.signIn(page);
        await (await last).finished();
      },
      async fillInAtProvider(page, person) {
        await page.waitForURL((url) => url.origin === demo.idpUrl);
        await fillInAtProvider(page, person);
      },
      async endAtProvider(person) {
        await demo.control.sendBackchannelLogout({ user: person });
        await demo.control.endSession(person);
      },
      async newNote(page, title) {
        await page.getByRole("button", { name: "New", exact: true }).click();
        const box = page.getByRole("textbox", { name: "Title" });
        await expect(box).toBeFocused();
        if (title !== undefined) await box.fill(title);
      },
      async newBrowser() {
        const context = await browser.newContext({ baseURL: demo.appUrl });
        opened.push(context);
        return context;
      },
      session: (page) =>
        page.evaluate(async () => {
          const response = await fetch("/bff/session", { headers: { "x-coatcheck": "1" } });
          return (await response.json()) as Record<string, unknown>;
        }),
      call: (page, path, init = {}) =>
        page.evaluate(
          async ([target, request]) => {
            const response = await fetch(target, {
              ...request,
              headers: {
                "x-coatcheck": "1",
                ...(request.body === undefined ? {} : { "content-type": "application/json" }),
              },
            });
            return { status: response.status, body: await response.text() };
          },
          [path, init] as const,
        ),
    });
    await Promise.all(opened.map((context) => context.close()));
  },

  findSecrets: async ({ context, demo }, use) => {
    const watched: PageEvidence[] = [watchContext(context)];
    await use(async (more = []) => {
      const seen = await Promise.all(watched.map((evidence) => evidence.collect()));
      const logs = demo.logs().map((line) => ({ where: "the server's log", text: line }));
      return sweep(secretsOf(demo), [...seen.flat(), ...logs, ...readBundle(), ...more]);
    });
  },

  houseRules: [
    async ({ context, demo, findSecrets, allowed }, use) => {
      const said: string[] = [];
      const strangers: string[] = [];
      context.on("console", (message) => {
        if (
          message.page()?.url().startsWith(demo.appUrl) === true &&
          !BROWSER_NOTICE.test(message.text()) &&
          allowed.console?.test(message.text()) !== true
        ) {
          said.push(message.text());
        }
      });
      context.on("weberror", (error) => said.push(String(error.error())));
      context.on("request", (request) => {
        const { origin, protocol } = new URL(request.url());
        const isOurs = origin === demo.appUrl || (origin === demo.idpUrl && request.isNavigationRequest());
        // A new window's first navigation has no frame yet, and a service worker has none at all.
        const hasFrame = !request.isNavigationRequest() && request.serviceWorker() === null;
        const fromProvider = hasFrame && request.frame().url().startsWith(demo.idpUrl);
        if (!isOurs && !fromProvider && protocol.startsWith("http")) strangers.push(request.url());
      });
      forgetNotes(demo);
      await use();
      expect(said, "console messages").toEqual([]);
      expect(strangers, "requests to other origins").toEqual([]);
      if (allowed.secrets !== true) expect(await findSecrets(), "secrets that were seen").toEqual([]);
      await demo.control.reset();
    },
    { auto: true },
  ],
});

export { expect } from "@coatcheck/playwright";

/** Everything secret that exists in this demo by now. */
export function secretsOf(demo: Demo): readonly Secret[] {
  const own = demo.secrets.map((value, index) => ({ name: `configured secret ${index}`, value }));
  const issued = demo.issuedSecrets().map(({ kind, value }, index) => ({ name: `${kind} ${index}`, value }));
  return [...own, ...issued];
}
