import type { Page } from "@playwright/test";

/** The coat number, as the words beside the wheels say it. */
export async function coatOf(page: Page): Promise<number> {
  return Number(
    /\d+/.exec(
      (await page
        .getByText(/Coat number \d+/)
        .first()
        .textContent()) ?? "",
    )?.[0],
  );
}
