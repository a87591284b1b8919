import { expect, test } from "../src/fixtures.ts";
import { runMove } from "../src/counter-page.ts";

test("S-126 no token, code, verifier, client secret or cookie key is seen over a whole visit", async ({
  page,
  actions,
  demo,
  findSecrets,
}) => {
  await actions.signIn(page);
  for (const move of ["Profile", "Implicit refresh", "Explicit refresh", "Validate"] as const)
    await runMove(page, move);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Notes" }).click();
  await expect(page.getByText("Seat numbers")).toBeVisible();
  expect(await findSecrets()).toEqual([]);
  const stored = await page.evaluate(() =>
    [localStorage, sessionStorage].map((storage) => JSON.stringify(Object.entries(storage))).join(),
  );
  expect(stored).not.toMatch(/ada@example|Lindqvist/);
  const kinds = new Set(demo.issuedSecrets().map(({ kind }) => kind));
  expect(kinds).toEqual(
    new Set(["access token", "refresh token", "id token", "authorization code", "code verifier"]),
  );
  expect(demo.secrets.length).toBeGreaterThanOrEqual(2);
});

test.describe("planted", () => {
  test.use({ allowed: { secrets: true, console: /./ } });

  const plants: readonly { where: string; kind: string; plant: (secret: string) => void }[] = [
    { where: "localStorage", kind: "refresh token", plant: (secret) => localStorage.setItem("x", secret) },
    {
      where: "sessionStorage, in base64",
      kind: "access token",
      plant: (secret) => sessionStorage.setItem("x", btoa(`{"t":"${secret}"}`)),
    },
    { where: "the document", kind: "access token", plant: (secret) => document.body.append(secret) },
    { where: "the console", kind: "id token", plant: (secret) => console.log(secret) },
    {
      where: "a readable cookie",
      kind: "refresh token",
      plant: (secret) => (document.cookie = `x=${secret}`),
    },
    { where: "an address", kind: "access token", plant: (secret) => void fetch(`/?t=${secret}`) },
    {
      where: "a request body",
      kind: "code verifier",
      plant: (secret) => void fetch("/x", { method: "POST", body: secret }),
    },
  ];
  for (const { where, kind, plant } of plants) {
    test(`finds one planted in ${where}`, async ({ page, actions, demo, findSecrets }) => {
      await actions.signIn(page);
      const secret = demo.issuedSecrets().findLast((issued) => issued.kind === kind);
      if (secret === undefined) throw new Error(`no ${kind} was issued`);
      await page.evaluate(plant, secret.value);
      await expect
        .poll(async () => (await findSecrets()).map((finding) => finding.secret))
        .toContainEqual(expect.stringContaining(kind));
    });
  }

  test("finds the client secret planted in a log line", async ({ demo, findSecrets }) => {
    const [secret = ""] = demo.secrets;
    expect(await findSecrets([{ where: "a planted line", text: `{"message":"${secret}"}` }])).toEqual([
      { secret: "configured secret 0", where: "a planted line" },
    ]);
  });
});
