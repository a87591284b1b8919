import { parseArgs } from "node:util";
import { startDemo } from "@coatcheck/demo";
import { runSoak, type SoakTally } from "./soak-run.ts";

/**
 * `pnpm soak --minutes N`: its own demo on free ports, one person with several tabs who never stops. Ends with exit code 1
 * if any call was answered with anything but 200, or the provider saw a refresh token twice.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    tabs: { type: "string", default: "4" },
    seed: { type: "string" },
  },
});
const minutes = Number(values.minutes);
const tabs = Number(values.tabs);
if (!(minutes > 0) || !Number.isInteger(tabs) || tabs < 1) {
  console.error("Write --minutes 10, or any number above 0, and --tabs 4, or any whole number above 0.");
  process.exit(1);
}

console.log("Starting a demo of its own on free ports ...");
const demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 } });
console.log(
  `${demo.appUrl}: ${tabs} tabs for ${minutes} minutes; access tokens live 30 s, refresh tokens work once.`,
);

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const describe = async (tally: SoakTally): Promise<string> => {
  const { refreshes } = await demo.control.counters();
  return `${tally.calls} calls, ${tally.failures} non-200, ${refreshes} refreshes, ${tally.generations} generations`;
};
const startedMs = performance.now();
const tally = await runSoak({
  demo,
  tabs,
  durationMs: minutes * 60_000,
  signal: stop.signal,
  onFailure: (failure) => console.log(`  not 200: ${failure}`),
  onProgress: async (current) => {
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    console.log(`${String(seconds).padStart(5)} s  ${await describe(current)}`);
  },
});
const counters = await demo.control.counters();
const summary = await describe(tally);
await demo.stop();

console.log(
  `reuse detected by the provider: ${counters.reuseDetected}, grants revoked: ${counters.grantsRevoked}`,
);
console.log(summary);
process.exitCode = tally.failures === 0 && tally.calls > 0 && counters.reuseDetected === 0 ? 0 : 1;
