import { expect, test } from "../../src/fixtures.ts";

test.use({ demoOptions: { accessTokenSeconds: 4 } });

test("a session survives five expiries while a person works, and nobody notices", async ({
  page,
  actions,
  demo,
}) => {
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers")).toBeVisible();
  const first = (await actions.session(page))["generation"] as number;
  const statuses: number[] = [];
  await expect
    .poll(
      async () => {
        statuses.push((await actions.call(page, "/api/notes")).status);
        return (await actions.session(page))["generation"] as number;
      },
      { timeout: 60_000, intervals: [500] },
    )
    .toBeGreaterThanOrEqual(first + 5);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const counters = await demo.control.counters("ada");
  expect(counters.reuseDetected).toBe(0);
  expect(counters.grantsRevoked).toBe(0);
});
