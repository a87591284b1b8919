import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "@playwright/test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepNewest, saveState } from "./kept-state.ts";
import type { TestedApp } from "./tested-app.ts";

const APP = "http://localhost:3000";

interface Browser {
  readonly sub?: string;
  readonly signedInAt?: number;
  readonly generation?: number;
  /** Of the session's cookie; its name belongs to one session. */
  readonly name?: string;
  readonly value: string;
}

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kept-state-"));
  path = join(folder, "ada.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** One test's browser, in which somebody is signed in. */
function browserWith({ sub = "ada", signedInAt = 100, generation = 0, name = "aaaaaaaa", value }: Browser) {
  const cookies = [
    { name: `coatcheck-3000-${name}`, value, domain: "localhost" },
    { name: "idp-session", value: "theirs", domain: "127.0.0.1" },
  ];
  const context = { storageState: async () => ({ cookies, origins: [] }) };
  const session = { state: "active", user: { sub }, signedInAt, generation };
  const app = { url: APP, session: async () => session };
  return [context as unknown as BrowserContext, app as unknown as TestedApp] as const;
}

function savedCookie(): string | undefined {
  const { cookies } = JSON.parse(readFileSync(path, "utf8")) as {
    cookies: { name: string; value: string }[];
  };
  return cookies.find(({ name }) => name.startsWith("coatcheck-"))?.value;
}

describe("a saved sign-in", () => {
  it.each([
    { name: "a renewed cookie is put back", generation: 3, value: "new", kept: "new" },
    { name: "an older one isn't", generation: 1, value: "old", kept: "saved" },
    { name: "a new sign-in of the same person is", signedInAt: 200, value: "again", kept: "again" },
    { name: "somebody else's isn't", sub: "ines", signedInAt: 200, value: "ines", kept: "saved" },
  ])("$name", async ({ kept, ...browser }) => {
    await saveState(path, ...browserWith({ generation: 2, value: "saved" }));
    await keepNewest(path, ...browserWith(browser));
    expect(savedCookie()).toBe(kept);
  });

  it("leaves what isn't ours as it was saved", async () => {
    await saveState(path, ...browserWith({ value: "saved" }));
    await keepNewest(path, ...browserWith({ generation: 1, value: "new" }));
    const { cookies } = JSON.parse(readFileSync(path, "utf8")) as { cookies: unknown[] };
    expect(cookies).toContainEqual({ name: "idp-session", value: "theirs", domain: "127.0.0.1" });
  });
});

describe("a sign-in that Playwright itself saved", () => {
  beforeEach(async () => {
    const [context] = browserWith({ generation: 2, value: "saved" });
    writeFileSync(path, JSON.stringify(await context.storageState()));
  });

  it("is renewed by tests that end in any order", async () => {
    await keepNewest(path, ...browserWith({ generation: 4, value: "four" }));
    await keepNewest(path, ...browserWith({ generation: 3, value: "three" }));
    expect(savedCookie()).toBe("four");
    await keepNewest(path, ...browserWith({ generation: 5, value: "five" }));
    expect(savedCookie()).toBe("five");
  });

  it("isn't replaced by another session", async () => {
    await keepNewest(path, ...browserWith({ sub: "ines", name: "bbbbbbbb", value: "ines" }));
    expect(savedCookie()).toBe("saved");
  });

  it("forgets what was known of the file that it replaced", async () => {
    await saveState(path, ...browserWith({ signedInAt: 900, generation: 9, value: "before" }));
    const [context] = browserWith({ value: "saved" });
    writeFileSync(path, JSON.stringify(await context.storageState()));
    await keepNewest(path, ...browserWith({ generation: 1, value: "new" }));
    expect(savedCookie()).toBe("new");
  });
});
