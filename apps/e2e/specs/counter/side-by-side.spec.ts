import { expect, test } from "../../src/fixtures.ts";

test("D20: the same storm costs the plain BFF its session and ours nothing; the provider's counters say the same", async ({
  page,
  demo,
  actions,
}) => {
  await actions.signIn(page, "ada", "/counter");
  const before = await actions.session(page);
  await page.getByRole("button", { name: "Run side by side", exact: true }).click();
  const plain = page.getByRole("region", { name: "A plain BFF" });
  const ours = page.getByRole("region", { name: "Coatcheck", exact: true });
  await expect(plain.getByText("Session lost")).toBeVisible({ timeout: 40_000 });
  await expect(ours.getByText("Session kept")).toBeVisible();
  const shown = async (side: typeof plain, fact: string) =>
    (await side.getByText(fact, { exact: true }).locator("xpath=following-sibling::dd").textContent()) ?? "";
  const [plainCount, ourCount] = [
    await demo.control.counters("storm-plain"),
    await demo.control.counters("storm-coatcheck"),
  ];
  expect(await shown(plain, "Refreshes at the provider")).toBe(String(plainCount.refreshes));
  expect(plainCount.reuseDetected).toBeGreaterThan(0);
  expect(await shown(plain, "Refresh tokens spent twice")).toBe(String(plainCount.reuseDetected));
  expect(await shown(plain, "Grants revoked")).toBe(String(plainCount.grantsRevoked));
  expect(await shown(plain, "The next call")).toBe("401");
  expect(await shown(ours, "Calls answered")).toBe("20 of 20");
  expect(await shown(ours, "Refreshes at the provider")).toBe("1");
  expect(ourCount.reuseDetected).toBe(0);
  expect(await shown(ours, "Grants revoked")).toBe("0");
  await expect(ours.getByRole("figure", { name: /20 of 20 calls answered/ })).toBeVisible();
  // Each call is a line of the drawing, refused ones are crosses.
  await expect(plain.locator(".lane")).toHaveCount(20);
  const answered = Number(/^\d+/.exec(await shown(plain, "Calls answered"))?.[0]);
  await expect(plain.locator(".lane.refused")).toHaveCount(20 - answered);
  await expect(ours.locator(".lane.refused")).toHaveCount(0);
  expect((await actions.session(page))["ticket"]).toBe(before["ticket"]);
});
