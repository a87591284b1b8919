import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";
import { expectNothingWider } from "../../src/for-everybody.ts";
import { sessionPanel, signInFromPanel } from "../../src/session-panel.ts";

test.use({
  allowed: {
    console:
      /Failed to load resource: (?:the server responded with a status of (?:401|413)|net::ERR_INTERNET_DISCONNECTED)/,
  },
});

/** One green pixel. */
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkqGf4DwADBAGAEcaNpgAAAABJRU5ErkJggg==",
  "base64",
);
const SECONDS_OF_UPLOAD = 8;
const BYTES_A_SECOND = 100_000;
const LARGE = Buffer.alloc(SECONDS_OF_UPLOAD * BYTES_A_SECOND, "coat ");

type Picked = { name: string; mimeType: string; buffer: Buffer };

async function attach(page: Page, file: Picked): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Attach a file" }).click(),
  ]);
  await chooser.setFiles(file);
}

const plan: Picked = {
  name: "plan of the cloakroom.bin",
  mimeType: "application/octet-stream",
  buffer: LARGE,
};
const picture: Picked = { name: "coat.png", mimeType: "image/png", buffer: PICTURE };

/** Statuses of the uploads that the server answered. */
function watchUploads(page: Page): readonly number[] {
  const statuses: number[] = [];
  page.on("response", (response) => {
    const isUpload =
      response.request().method() === "POST" && new URL(response.url()).pathname === "/api/files";
    if (isUpload) statuses.push(response.status());
  });
  return statuses;
}

async function slowUploads(page: Page): Promise<() => Promise<void>> {
  const cdp = await page.context().newCDPSession(page);
  const emulate = (uploadThroughput: number) =>
    cdp.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await emulate(BYTES_A_SECOND);
  return async () => void (await emulate(-1));
}

const files = (page: Page) => page.getByRole("region", { name: "Files" });

test("a picture is attached, shown, downloaded as it was, there after a reload, and removed", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  await attach(page, picture);
  const shown = files(page).getByRole("img", { name: "coat.png" });
  await expect(shown).toBeVisible();
  await page.reload();
  await expect(shown).toBeVisible();
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    files(page).getByRole("link", { name: "coat.png" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("coat.png");
  expect(await readFile(await download.path())).toEqual(PICTURE);
  await files(page).getByRole("button", { name: "Remove coat.png" }).click();
  await expect(shown).toBeHidden();
  await expect(files(page).getByText("coat.png")).toBeHidden();
});

test("the session ends during an upload: it says how far it is, arrives once, and is listed after the sign-in", async ({
  page,
  actions,
}) => {
  const statuses = watchUploads(page);
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  const quick = await slowUploads(page);
  await attach(page, plan);
  const bar = files(page).getByRole("progressbar", { name: `Uploading ${plan.name}` });
  await expect.poll(async () => Number(await bar.getAttribute("value"))).toBeGreaterThan(0);
  await actions.endAtProvider("ada");
  await expect(sessionPanel(page)).toContainText("Your session was ended from elsewhere");
  expect(statuses).toEqual([]);
  await expect(bar).toBeHidden({ timeout: 60_000 });
  await quick();
  await signInFromPanel(page);
  await expect(sessionPanel(page)).toBeHidden();
  await expect(files(page).getByRole("link", { name: plan.name })).toBeVisible();
  await expect(files(page).getByRole("listitem")).toHaveCount(1);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
});

test("an upload that is refused since the session has ended waits, and is sent anew after the sign-in: the API has it once", async ({
  page,
  actions,
}) => {
  const statuses = watchUploads(page);
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  await expect(page.getByRole("button", { name: "Attach a file" })).toBeVisible();
  // The session ends when the file has left the page, and before the counter has it.
  await page.route("**/api/files?*", async (route) => {
    if (route.request().method() === "POST" && statuses.length === 0) await actions.endAtProvider("ada");
    await route.fallback();
  });
  await attach(page, picture);
  await expect(sessionPanel(page)).toBeVisible();
  await expect(files(page).getByText("Waits until you sign in")).toBeVisible();
  await expect(sessionPanel(page)).toContainText("goes on by itself");
  await signInFromPanel(page);
  await expect(files(page).getByRole("img", { name: "coat.png" })).toBeVisible();
  await expect(files(page).getByRole("listitem")).toHaveCount(1);
  expect(statuses).toEqual([401, 201]);
});

test("an upload that is begun offline waits for the network; one that is too large says so and can be given up", async ({
  page,
  context,
  actions,
}) => {
  test.slow();
  const statuses = watchUploads(page);
  await actions.signIn(page);
  await page.getByText("Seat numbers").first().click();
  await expect(page.getByRole("button", { name: "Attach a file" })).toBeVisible();
  await context.setOffline(true);
  await attach(page, picture);
  await expect(files(page).getByText("Waits until you are online")).toBeVisible();
  await context.setOffline(false);
  await expect(files(page).getByRole("img", { name: "coat.png" })).toBeVisible();
  expect(statuses).toEqual([201]);

  await page.evaluate(() => {
    // Too much for the wire between test and browser.
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(10 * 1024 * 1024 + 1)], "opera.wav", { type: "audio/wav" }));
    const picker = document.querySelector<HTMLInputElement>("input[type=file]");
    if (picker === null) throw new Error("There is no file picker.");
    picker.files = transfer.files;
    picker.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await expect(files(page).getByRole("alert")).toHaveText("Not uploaded: it is larger than 10 MB.");
  await files(page).getByRole("button", { name: "Leave it" }).click();
  await expect(files(page).getByText("opera.wav")).toBeHidden();
  await expect(files(page).getByRole("listitem")).toHaveCount(1);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("a single note is exported, and a file attached, below its text", async ({ page, actions }) => {
    await actions.signIn(page);
    await page.getByText("Seat numbers").first().click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export this note" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("Seat numbers.md");
    expect(await readFile(await download.path(), "utf8")).toContain("# Seat numbers");
    await attach(page, picture);
    await expect(files(page).getByRole("img", { name: "coat.png" })).toBeVisible();
    await expectNothingWider(page);
  });
});
