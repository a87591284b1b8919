import type { CodeUnderTest } from "./code-under-test.ts";
import type { Scenario } from "./generate-scenario.ts";
import { runWorld } from "./run-world.ts";
import type { Step } from "./steps.ts";
import type { WorldSettings } from "./world-settings.ts";

/** Worlds that are simpler than a given one, one wish at a time. */
const SIMPLER: readonly Partial<WorldSettings>[] = [
  { browsers: 1 },
  { wallSkewsMs: [], storeSkewMs: 0 },
  { refreshRevokesOthers: false },
  { refreshRevokesAll: false },
  { sharedGrant: false },
  { windowRefresh: false },
  { onStaleCookie: "refuse" },
  { latencyMs: 1, tokenCallMs: 20 },
];

/** Takes away from a failing scenario whatever it fails without, until nothing more can go. */
export async function shrink(
  scenario: Scenario,
  code: CodeUnderTest | undefined,
  maxRuns = 600,
): Promise<Scenario> {
  let best = scenario;
  let runs = 0;

  async function stillFails(candidate: Scenario): Promise<boolean> {
    runs += 1;
    if (runs > maxRuns) return false;
    const { violations } = await runWorld(candidate, code === undefined ? {} : { code });
    if (violations.length > 0) best = candidate;
    return violations.length > 0;
  }

  for (let instances = 1; instances < best.settings.instances; instances += 1) {
    await stillFails({ ...best, settings: { ...best.settings, instances } });
  }
  for (const wish of SIMPLER) await stillFails({ ...best, settings: { ...best.settings, ...wish } });
  // Chunks first, then smaller ones: most of a world has nothing to do with its fault.
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.steps.length;) {
      const steps = best.steps.filter((_, index) => index < start || index >= start + size);
      if (!(await stillFails({ ...best, steps }))) start += size;
    }
  }
  for (let index = 0; index < best.steps.length; index += 1) {
    for (let call = 0; call < callsOf(best.steps[index]);) {
      if (!(await stillFails({ ...best, steps: withoutCall(best.steps, index, call) }))) call += 1;
    }
  }
  return best;
}

function callsOf(step: Step | undefined): number {
  return step?.do === "calls" ? step.calls.length : 0;
}

function withoutCall(steps: readonly Step[], index: number, call: number): readonly Step[] {
  return steps.map((step, at) =>
    at === index && step.do === "calls"
      ? { ...step, calls: step.calls.filter((_, which) => which !== call) }
      : step,
  );
}
