import type { BrowserContext, Page, Response } from "@playwright/test";
import type { Evidence } from "./secret-sweep.ts";

/** A body that no script of the page reads stays in the network process, and can't be had from there. */
const LONGEST_READ_MS = 5_000;

/** Everything of a browser context that its pages could see: collected from the moment of watching. */
export interface PageEvidence {
  /** Waits for the bodies under way, then tells all of it. */
  collect(): Promise<readonly Evidence[]>;
}

/**
 * Records addresses, request bodies, response headers and response bodies of every page of the context.
 *
 * `Set-Cookie` and `Cookie` are left out: scripts can't read `HttpOnly` cookies, and the sweep checks storage for them.
 */
export function watchContext(context: BrowserContext): PageEvidence {
  const evidence: Evidence[] = [];
  const pending = new Set<Promise<void>>();

  context.on("request", (request) => {
    evidence.push({ where: `address ${pathOf(request.url())}`, text: request.url() });
    const body = request.postData();
    if (body !== null) evidence.push({ where: `request body ${pathOf(request.url())}`, text: body });
  });
  context.on("response", (response) => {
    const reading = readResponse(response).then((items) => {
      evidence.push(...items);
    });
    pending.add(reading);
    void reading.finally(() => pending.delete(reading));
  });
  context.on("console", (message) => {
    evidence.push({ where: "console", text: message.text() });
  });

  return {
    async collect() {
      await Promise.race([
        Promise.all(pending),
        new Promise((resolve) => setTimeout(resolve, LONGEST_READ_MS)),
      ]);
      for (const page of context.pages()) evidence.push(...(await readPage(page)));
      return evidence;
    },
  };
}

async function readResponse(response: Response): Promise<Evidence[]> {
  const where = pathOf(response.url());
  const headers = response.headers();
  const visible = Object.entries(headers).filter(([name]) => name !== "set-cookie");
  const items = [
    {
      where: `response headers ${where}`,
      text: visible.map(([name, value]) => `${name}: ${value}`).join("\n"),
    },
  ];
  try {
    items.push({ where: `response body ${where}`, text: (await response.body()).toString("utf8") });
  } catch {
    // Redirects and answers of pages that went away have no body to read.
  }
  return items;
}

/** What a script on the page can reach: storage, cookies, history, the document. */
async function readPage(page: Page): Promise<Evidence[]> {
  if (page.isClosed() || !page.url().startsWith("http")) return [];
  const text = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const stored: unknown[] = [];
    for (const { name } of databases) {
      if (name === undefined) continue;
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.addEventListener("success", () => resolve(opening.result));
        opening.addEventListener("error", () => reject(new Error("indexedDB did not open")));
      });
      for (const storeName of database.objectStoreNames) {
        stored.push(
          await new Promise((resolve, reject) => {
            const all = database.transaction(storeName).objectStore(storeName).getAll();
            all.addEventListener("success", () => resolve(all.result));
            all.addEventListener("error", () => reject(new Error("indexedDB did not read")));
          }),
        );
      }
      database.close();
    }
    return JSON.stringify({
      local: Object.entries(localStorage),
      session: Object.entries(sessionStorage),
      stored,
      cookie: document.cookie,
      history: history.state as unknown,
      address: location.href,
      referrer: document.referrer,
      html: document.documentElement.outerHTML,
    });
  });
  return [{ where: `page ${pathOf(page.url())}`, text }];
}

function pathOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
