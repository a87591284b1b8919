import { expect, it } from "vitest";
import { runFuzz } from "./run-fuzz.ts";

/** The short form of `pnpm fuzz`; another seed each day, the same all day long. */
const seed = Math.floor(Date.now() / 86_400_000) * 1_000;

it("S-138: odd and broken input crashes nothing, is never answered 500, and reaches nobody whom it may not", async () => {
  const { sent, violations } = await runFuzz({ requests: 1_500, seed, onProgress: () => undefined });
  expect(violations).toEqual([]);
  expect(sent).toBeGreaterThanOrEqual(1_500);
}, 120_000);
