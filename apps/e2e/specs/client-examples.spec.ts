import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "../src/fixtures.ts";
import { fillInAtProvider } from "../src/provider-page.ts";
import type { Page } from "@playwright/test";

/** What a page of these specs can import: an example's exports. */
type Example = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

const examples = fileURLToPath(new URL("../../../packages/client/examples", import.meta.url));
const web = fileURLToPath(new URL("../../web/package.json", import.meta.url));

/** The part of Vite that is needed here. */
interface Bundler {
  build(options: object): Promise<readonly { readonly output: readonly { readonly code: string }[] }[]>;
}

/** An example as it stands, with what it imports, as one script. */
async function bundle(file: string): Promise<string> {
  const vite = (await import(pathToFileURL(createRequire(web).resolve("vite")).href)) as Bundler;
  const { NODE_ENV: before } = process.env;
  const built = await vite.build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, lib: { entry: join(examples, file), formats: ["es"] } },
  });
  // Vite sets it, and a provider for development refuses to start in a worker that goes on so.
  if (before === undefined) delete process.env["NODE_ENV"];
  return built[0]?.output[0]?.code ?? "";
}

/** Opens a page of the app's origin on which an example runs, beside this HTML. */
async function openExample(page: Page, file: string, html = ""): Promise<void> {
  const code = await bundle(file);
  await page.route("**/example.js", (route) => route.fulfill({ contentType: "text/javascript", body: code }));
  await page.route("**/example.html", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><title>Mine</title><link rel="icon" href="data:,">${html}<script type="module" src="/example.js"></script>`,
    }),
  );
  await page.goto("/example.html");
}

/** Calls what the example on this page exports. */
function call<T>(page: Page, name: string, ...args: readonly unknown[]): Promise<T> {
  return page.evaluate(
    async ([name, args]) => {
      const path = "/example.js";
      const example = (await import(path)) as Example;
      return (await example[name]?.(...args)) as T;
    },
    [name, args] as const,
  );
}

test("plain-page.ts shows whose page it is, and saves", async ({ page, actions }) => {
  await actions.signIn(page);
  await openExample(page, "plain-page.ts");
  await expect(page).toHaveTitle("Notes of Ada Lindqvist");
  expect(await call(page, "saveNote", "By an example", "word for word")).toBe("Saved.");
  expect((await actions.call(page, "/api/notes")).body).toContain("By an example");
});

test("keep-the-page.ts offers to sign in where a session has ended, and goes on in the same page", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  const dialog = `<dialog><button>Sign in again</button> <a hidden>here</a></dialog><textarea></textarea>`;
  await openExample(page, "keep-the-page.ts", dialog);
  await page.getByRole("textbox").fill("Half a sentence");
  await actions.endAtProvider("ada");
  const opening = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Sign in again" }).click();
  const popup = await opening;
  await fillInAtProvider(popup, "ada");
  await expect(page.locator("dialog")).toBeHidden();
  await expect(page.getByRole("textbox")).toHaveValue("Half a sentence");
});

test("drafts.ts sends what the last page didn't save, once", async ({ page, actions }) => {
  await actions.signIn(page);
  await openExample(page, "drafts.ts");
  await page.evaluate(async () => {
    const path = "/example.js";
    const { openNotes } = (await import(path)) as DraftsExample;
    const drafts = await openNotes("ada", fetch);
    drafts.put("1", { title: "From a draft", body: "kept", idempotencyKey: crypto.randomUUID() });
    await drafts.flushed();
  });
  await page.reload();
  const left = await page.evaluate(async () => {
    const path = "/example.js";
    const { openNotes } = (await import(path)) as DraftsExample;
    const ours: typeof fetch = (input, init) =>
      fetch(input, { ...init, headers: { ...(init?.headers as object), "x-coatcheck": "1" } });
    return (await openNotes("ada", ours)).all().length;
  });
  expect(left).toBe(0);
  const { body } = await actions.call(page, "/api/notes");
  expect(body.split("From a draft")).toHaveLength(2);
});

interface DraftsExample {
  readonly openNotes: (
    userKey: string,
    apiFetch: typeof fetch,
  ) => Promise<{
    put(key: string, value: object): void;
    all(): readonly unknown[];
    flushed(): Promise<void>;
  }>;
}

test("upload.ts says how much has been sent, and takes the API's answer", async ({ page, actions }) => {
  await actions.signIn(page);
  const created = await actions.call(page, "/api/notes", {
    method: "POST",
    body: JSON.stringify({ title: "With a file", body: "" }),
  });
  const { id } = JSON.parse(created.body) as { id: string };
  await openExample(page, "upload.ts", "<progress></progress>");
  const sent = await page.evaluate(async (noteId) => {
    const path = "/example.js";
    const { attach } = (await import(path)) as {
      readonly attach: (noteId: string, file: File, bar: HTMLProgressElement) => Promise<boolean>;
    };
    const bar = document.querySelector("progress") as HTMLProgressElement;
    const file = new File(["x".repeat(100_000)], "coats.txt", { type: "text/plain" });
    return [await attach(noteId, file, bar), bar.value, bar.max];
  }, id);
  expect(sent).toEqual([true, 100_000, 100_000]);
});

test.describe("with no server", () => {
  test.use({ allowed: { console: /^Failed to load resource/ } });

  test("opened-offline.ts knows whose page it is", async ({ page, actions, context }) => {
    await actions.signIn(page);
    await openExample(page, "opened-offline.ts");
    const whose = await call(page, "whose");
    expect(whose).toMatch(/./);
    await context.route("**/bff/session", (route) => route.abort());
    await page.reload();
    expect(await call(page, "whose")).toBe(whose);
  });
});
