/**
 * Playwright's `test` and `expect` for apps behind a Coatcheck BFF.
 *
 * @example
 * ```ts
 * await signInAs("ada");
 * await page.goto("/");
 * await expect(page).toBeSignedInAs("ada");
 * await expireAccessToken();
 * expect((await api.get("/api/notes")).status()).toBe(200);
 * await expectNoTokens();
 * ```
 *
 * @module
 */
export { coatcheckTest as test, type CoatcheckFixtures } from "./coatcheck-test.ts";
export { expect } from "./expect.ts";
export type { CoatcheckOptions, Credentials } from "./coatcheck-options.ts";
export type { PersonOutage } from "./person-faults.ts";
export { CoatcheckTestError, type CoatcheckTestErrorCode } from "./coatcheck-test-error.ts";
export { watchContext, type PageEvidence } from "./page-evidence.ts";
export { sweep, type Evidence, type Finding, type Secret } from "./secret-sweep.ts";
