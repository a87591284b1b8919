import { defineConfig } from "vitest/config";

/** Runs every `*.test.ts(x)` of the workspace; browser specs are Playwright's (`apps/e2e`). */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    include: ["packages/*/{src,suite,examples}/**/*.test.{ts,tsx}", "apps/*/{src,house}/**/*.test.{ts,tsx}"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // One more than the cores of a small machine: many tests wait for processes and for time.
    maxWorkers: 3,
  },
});
