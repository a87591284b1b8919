import { expect, test } from "../../src/fixtures.ts";
import { signInFromPanel, sessionPanel } from "../../src/session-panel.ts";
import { runStorm, stormResult } from "../../src/show-page.ts";

test.beforeEach(async ({ page, actions }) => {
  await actions.signIn(page, "ada", "/counter");
  await expect(page.getByRole("heading", { name: "Storms" })).toBeVisible();
});

test("D20: 20 calls at once on an expired token are one refresh, by the provider's own count", async ({
  page,
  demo,
}) => {
  const before = await demo.control.counters("ada");
  const result = await runStorm(page, "20 calls at once on an expired token");
  await expect(result).toContainText("20 of 20 answered, 1 refresh.");
  await expect(result).toContainText(/Slowest \d+ ms/);
  await expect(result).toContainText(/1 led/);
  const after = await demo.control.counters("ada");
  expect(after.reuseDetected).toBe(before.reuseDetected);
  expect(after.grantsRevoked).toBe(before.grantsRevoked);
});

test("D20: ten tabs that wake up on an expired token share one refresh and know one coat", async ({
  page,
  demo,
}) => {
  const before = await demo.control.counters("ada");
  const result = await runStorm(page, "Ten tabs restored");
  await expect(result).toContainText("10 of 10 tabs answered, 1 refresh.");
  await expect(result).toContainText(/all know coat \d+/);
  expect((await demo.control.counters("ada")).reuseDetected).toBe(before.reuseDetected);
});

test.describe("an outage", () => {
  test.use({ allowed: { console: /status of 503/ } });

  test("D20: the provider down for 15 s costs no session: calls go on, then say when to try again, then go on", async ({
    page,
    actions,
  }) => {
    const before = await actions.session(page);
    const result = await runStorm(page, "Provider down for 15 s", 90_000);
    await expect(result).toContainText("Session kept.");
    const [, answered, sent, expired, said] =
      /(\d+) of (\d+) calls answered while the token lived; of (\d+) after it, (\d+) said 503/.exec(
        (await result.textContent()) ?? "",
      ) ?? [];
    expect(Number(sent)).toBeGreaterThan(3);
    expect(answered).toBe(sent);
    expect(Number(expired)).toBeGreaterThan(0);
    expect(said).toBe(expired);
    expect((await actions.session(page))["userKey"]).toBe(before["userKey"]);
    expect((await actions.call(page, "/api/notes?limit=1")).status).toBe(200);
  });

  test("a storm that doesn't end as expected says so as plainly", async ({ page, demo }) => {
    await demo.control.addFault({ kind: "unavailable", endpoint: "token", user: "ada" });
    const result = await runStorm(page, "20 calls at once on an expired token");
    await expect(result).toContainText("0 of 20 answered");
    await expect(result).toHaveClass(/failed/);
    await demo.control.clearFaults();
  });
});

test("D20: with a slow token endpoint ten calls wait for the same refresh", async ({ page }) => {
  const result = await runStorm(page, "Slow token endpoint");
  await expect(result).toContainText("10 of 10 answered, 1 refresh.");
  const slowest = Number(/Slowest (\d+) ms/.exec((await result.textContent()) ?? "")?.[1]);
  expect(slowest).toBeGreaterThanOrEqual(4_000);
});

test("D20: an old cookie finds its successor in the ledger, and the provider isn't asked", async ({
  page,
  demo,
  actions,
}) => {
  const result = await runStorm(page, "Old cookie after 5 s");
  await expect(result).toContainText("Session kept.");
  await expect(result).toContainText("Replayed out of the ledger. No call to the provider.");
  expect((await actions.session(page))["state"]).toBe("active");
  expect((await demo.control.counters("ada")).reuseDetected).toBe(0);
});

test("D20: a sign-out that races 20 calls ends for good, and leaves the person at the page signed in", async ({
  page,
  demo,
  actions,
}) => {
  const result = await runStorm(page, "Sign-out racing 20 calls");
  await expect(result).toContainText("Signed out for good.");
  await expect(result).toContainText("The old cookies get 401.");
  const counters = await demo.control.counters("storm-coatcheck");
  expect(counters.revocations).toBeGreaterThan(0);
  expect(counters.reuseDetected).toBe(0);
  expect((await actions.session(page))["state"]).toBe("active");
});

test.describe("an end", () => {
  test.use({ allowed: { console: /status of 401/ } });

  test("D20: the session ends while a person types: every character is there, also after signing in again", async ({
    page,
    actions,
  }) => {
    const storm = "Session ends while you type";
    const words = "Row 14, 22 to 25. Aisle for Jonas.";
    await page.getByRole("button", { name: `Run ${storm}`, exact: true }).click();
    const text = page.getByRole("textbox", { name: "Something that must not be lost" });
    await expect(text).toBeFocused();
    await page.keyboard.type(words);
    await expect(sessionPanel(page)).toBeVisible();
    await expect(stormResult(page, storm)).toContainText(/(\d+) of \1 characters are still here/);
    await expect(text).toHaveValue(words);
    await signInFromPanel(page);
    await expect(sessionPanel(page)).toBeHidden();
    await expect(text).toHaveValue(words);
    expect((await actions.session(page))["state"]).toBe("active");
  });
});

test("the keyboard alone runs a storm, and the others wait for it", async ({ page }) => {
  const run = page.getByRole("button", { name: "Run Slow token endpoint", exact: true });
  // The page sends a call of its own first.
  await expect(run).toHaveAttribute("aria-disabled", "false");
  await run.focus();
  await page.keyboard.press("Enter");
  const other = page.getByRole("button", { name: "Run Old cookie after 5 s", exact: true });
  await expect(other).toHaveAttribute("aria-disabled", "true");
  await expect(run).toBeVisible();
  await expect(run).toBeFocused();
  await expect(other).toHaveAttribute("aria-disabled", "false");
  await expect(stormResult(page, "Old cookie after 5 s")).toHaveText("Not run yet.");
});
