import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePort } from "@coatcheck/demo";
import { createDevIdp, type DevIdp } from "@coatcheck/dev-idp";
import { expect, test, type Page } from "@playwright/test";
import { fillInAtProvider } from "../../src/provider-page.ts";

const coatcheck = fileURLToPath(new URL("../../../../packages/server/src/coatcheck.ts", import.meta.url));
const clientSecret = randomBytes(16).toString("base64url");
let folder: string;
let idps: readonly DevIdp[] = [];
let server: ChildProcess | undefined;

test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-several-"));
});
test.afterEach(async () => {
  server?.kill("SIGTERM");
  await Promise.all(idps.map((idp) => idp.close()));
  rmSync(folder, { recursive: true });
});

/** A page with nothing but its name. */
function writePage(name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  writeFileSync(join(root, "index.html"), `<!doctype html><title>${name}</title><h1>${name}</h1>`);
  return root;
}

function startIdp(clientId: string, base: string, callback: string, providerName: string): Promise<DevIdp> {
  return createDevIdp({
    clients: [
      {
        clientId,
        clientSecret,
        redirectUris: [base + callback],
        postLogoutRedirectUris: [`${base}/`],
      },
    ],
    providerName,
  });
}

/** `coatcheck serve --config`, as people start it. */
async function serve(port: number, config: object): Promise<void> {
  const file = join(folder, "coatcheck.config.json");
  const shared = {
    publicOrigin: `http://localhost:${port}`,
    dangerouslyAllowHttp: "loopback",
    cookieKeys: [randomBytes(32).toString("base64url")],
    routes: [],
    server: { port, instances: 1, workers: 1, ledgerFile: join(folder, "ledger.sqlite"), webRoot: folder },
  };
  writeFileSync(file, JSON.stringify({ ...shared, ...config }));
  server = spawn(process.execPath, [coatcheck, "serve", "--config", file]);
  let said = "";
  for (const stream of [server.stdout, server.stderr])
    stream?.on("data", (chunk: Buffer) => void (said += chunk.toString()));
  await expect.poll(() => said, { timeout: 30_000 }).toContain('"event":"listening"');
}

async function signInAtProvider(page: Page, providerName: string): Promise<void> {
  await expect(page.locator("body")).toContainText(providerName);
  await fillInAtProvider(page, "ada");
}

/** What the page's own script learns of its session. */
function viewOf(page: Page, base = ""): Promise<Record<string, unknown>> {
  return page.evaluate(async (path) => {
    const answer = await fetch(path, { headers: { "X-Coatcheck": "1" } });
    return (await answer.json()) as Record<string, unknown>;
  }, `${base}/bff/session`);
}

test("a person chooses between two providers, and then signs in at the other one", async ({ page }) => {
  const port = await findFreePort(0);
  const base = `http://localhost:${port}`;
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>app</title><h1>app</h1>");
  idps = await Promise.all([
    startIdp("app", base, "/bff/callback", "House ID"),
    startIdp("app-at-partner", base, "/bff/callback/partner", "Partner ID"),
  ]);
  const [house, partner] = idps.map(({ issuer }) => issuer);
  await serve(port, {
    provider: { issuer: house, clientId: "app", clientSecret, label: "Our people" },
    providers: {
      partner: { issuer: partner, clientId: "app-at-partner", clientSecret, label: "Our partners" },
    },
    chooseProvider: "page",
  });

  await page.goto(`${base}/bff/login?returnTo=/desk`);
  await page.getByRole("link", { name: "Our partners" }).click();
  await signInAtProvider(page, "Partner ID");
  await page.waitForURL(`${base}/desk`);
  const first = await viewOf(page);
  expect(first).toMatchObject({ state: "active", provider: "partner", generation: 0 });
  const refreshed = await page.evaluate(async () => {
    const answer = await fetch("/bff/refresh", { method: "POST", headers: { "X-Coatcheck": "1" } });
    return answer.status;
  });
  expect([refreshed, (await viewOf(page))["generation"]]).toEqual([200, 1]);

  await page.goto(`${base}/bff/login`);
  await page.getByRole("link", { name: "Our people" }).click();
  await signInAtProvider(page, "House ID");
  await page.waitForURL(`${base}/`);
  const second = await viewOf(page);
  expect(second).toMatchObject({ state: "active" });
  expect(second).not.toHaveProperty("provider");
  expect(second["userKey"]).not.toBe(first["userKey"]);
});

test("two frontends on one host have a session each", async ({ page }) => {
  const port = await findFreePort(0);
  const base = `http://localhost:${port}`;
  idps = await Promise.all([
    startIdp("shop", base, "/bff/callback", "House ID"),
    startIdp("admin", `${base}/admin`, "/bff/callback", "Staff ID"),
  ]);
  const [house, staff] = idps.map(({ issuer }) => issuer);
  await serve(port, {
    provider: { issuer: house, clientId: "shop", clientSecret },
    frontends: {
      shop: { webRoot: writePage("shop") },
      admin: {
        basePath: "/admin",
        webRoot: writePage("admin"),
        provider: { issuer: staff, clientId: "admin", clientSecret },
      },
    },
  });

  await page.goto(`${base}/bff/login`);
  await signInAtProvider(page, "House ID");
  await expect(page.getByRole("heading", { name: "shop" })).toBeVisible();
  await page.goto(`${base}/admin/bff/login?returnTo=/admin/people`);
  await signInAtProvider(page, "Staff ID");
  await page.waitForURL(`${base}/admin/people`);
  await expect(page.getByRole("heading", { name: "admin" })).toBeVisible();
  const [shop, admin] = [await viewOf(page), await viewOf(page, "/admin")];
  expect([shop["state"], admin["state"]]).toEqual(["active", "active"]);
  expect(shop["userKey"]).not.toBe(admin["userKey"]);

  const left = await page.evaluate(async () => {
    const headers = { "X-Coatcheck": "1", "Content-Type": "application/json" };
    const answer = await fetch("/admin/bff/logout", { method: "POST", headers, body: "{}" });
    return (await answer.json()) as unknown;
  });
  expect(left).toEqual({ next: "/admin/" });
  expect((await viewOf(page, "/admin"))["state"]).toBe("anonymous");
  expect((await viewOf(page))["state"]).toBe("active");
});
