import { generateScenario } from "./generate-scenario.ts";
import { createRandom } from "./random.ts";
import { createRealCrypto } from "./real-crypto.ts";
import { runWorld } from "./run-world.ts";

/**
 * Runs worlds with real sealing, key derivation and encryption. Those work on other threads, so a seed decides what
 * happens, but not to the last turn in which order; the invariants are the same.
 */
export async function runReal(
  from: number,
  count: number,
  onProgress: (done: number) => void,
): Promise<readonly { readonly seed: number; readonly violations: readonly string[] }[]> {
  const failed: { readonly seed: number; readonly violations: readonly string[] }[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    const crypto = createRealCrypto(createRandom(seed, 4));
    const { violations } = await runWorld(generateScenario(seed), { crypto, settle: () => crypto.settle() });
    if (violations.length > 0) failed.push({ seed, violations });
    if ((seed - from + 1) % 20 === 0) onProgress(seed - from + 1);
  }
  return failed;
}
