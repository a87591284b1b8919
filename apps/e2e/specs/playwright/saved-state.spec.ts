import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "../../src/fixtures.ts";

const folder = fileURLToPath(new URL("../../../../test-results/saved-state", import.meta.url));
mkdirSync(folder, { recursive: true });
const path = join(folder, `${process.pid}-${Date.now()}.json`);

interface SavedState {
  readonly cookies: readonly { readonly name: string; readonly value: string }[];
  readonly coatcheck: { readonly generation: number };
}

function saved(): SavedState {
  return JSON.parse(readFileSync(path, "utf8")) as SavedState;
}

function savedCookies(): SavedState["cookies"] {
  return saved().cookies.filter(({ name }) => /^coatcheck-\d+-[0-9a-f]{8}$/.test(name));
}

test.describe.serial("a saved sign-in", () => {
  let first: SavedState["cookies"];

  test("is saved with its cookie", async ({ signInAs, saveState }) => {
    await signInAs("ada");
    await saveState(path);
    first = savedCookies();
    expect(first).toHaveLength(1);
    expect(saved().coatcheck.generation).toBe(0);
  });

  test.describe("used", () => {
    test.use({ storageState: path });

    test("signs a test in, whose refreshes renew the cookie", async ({ page, expireAccessToken, api }) => {
      await page.goto("/");
      await expect(page).toBeSignedInAs("ada");
      await expireAccessToken();
      expect((await api.get("/api/notes")).status()).toBe(200);
    });

    test("begins the next test with the renewed one", async ({ page, context }) => {
      expect(saved().coatcheck.generation).toBeGreaterThan(0);
      expect(savedCookies()).not.toEqual(first);
      const values = (await context.cookies()).map(({ value }) => value);
      expect(values).toContain(savedCookies()[0]?.value);
      await page.goto("/");
      await expect(page).toBeSignedInAs("ada");
    });

    test("is left as it is by a test that signs out", async ({ api }) => {
      expect((await api.post("/bff/logout", { data: {} })).status()).toBe(200);
    });

    test("is over then for everybody who shares it", async ({ page }) => {
      expect(savedCookies()).toHaveLength(1);
      await page.goto("/");
      await expect(page).not.toBeSignedInAs("ada");
    });
  });
});

test("parallel workers share one saved sign-in through rotations: no failure, no spent token", () => {
  const command = fileURLToPath(new URL("../../src/eight-workers/eight-workers.ts", import.meta.url));
  const flags = ["--workers", "3", "--seconds", "15", "--token-seconds", "4"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...flags], { encoding: "utf8" });
  expect(`${stdout}${stderr}`).toContain("spent tokens sent again       0\n");
  expect(status, stdout).toBe(0);
});
