import { DEFAULT_ROUNDS, playRounds, PROVIDERS } from "../rounds/play-rounds.ts";
import { FAULT_NAMES, type FaultName } from "../rounds/plan.ts";
import { brokenPromises, rowsOf } from "../rounds/report.ts";
import { defineScene, STAGE_OPTIONS, type Act } from "../scene.ts";
import { BINDINGS } from "../stage/binding.ts";
import { TARGETS } from "../stage/target.ts";

type TargetName = keyof typeof TARGETS;

const { rounds: roundCount, waveCalls, pageEvery, staleDelaysMs, outageSeconds } = DEFAULT_ROUNDS;

/** Without `--faults` our own server plays twice: without any fault, and with all that fit. */
export const rounds = defineScene({
  about:
    "many calls at once on expired access tokens; one token call a round and API, every call 200, no session lost",
  options: {
    ...STAGE_OPTIONS,
    target: { default: "coatcheck", oneOf: Object.keys(TARGETS) as readonly TargetName[] },
    provider: { default: "rotating", oneOf: Object.keys(PROVIDERS) as readonly (keyof typeof PROVIDERS)[] },
    binding: { default: "none", oneOf: BINDINGS },
    apis: { default: "1", oneOf: ["1", "2"] },
    rounds: { default: roundCount, least: 1 },
    seed: { default: 1, least: 0 },
    faults: { default: "" },
    sessions: { default: 0, least: 0 },
    calls: { default: waveCalls, least: 1 },
    pageEvery: { default: pageEvery, least: 0 },
    tokenEndpointMs: { default: 0, least: 0 },
    waitReplicas: { default: 0, least: 0 },
    staleMs: { default: staleDelaysMs.join(",") },
    outageSeconds: { default: outageSeconds, least: 1 },
  },
  async acts({ calls, apis, staleMs, ...values }) {
    const target = await TARGETS[values.target]();
    const isPeer = values.target !== "coatcheck";
    const delays = staleMs.split(",").map(Number);
    if (!delays.every((ms) => Number.isInteger(ms) && ms >= 0))
      throw new RangeError("--stale-ms takes whole numbers, comma separated.");
    return readFaults(values.faults, values.ledger, isPeer).map((faults): Act => {
      const options = {
        ...values,
        apis: Number(apis),
        target,
        faults,
        waveCalls: calls,
        staleDelaysMs: delays,
      };
      return {
        title:
          `${target.name} ${target.version}: ${target.configuration}; ${values.instances} x ${values.workers} processes, ` +
          `ledger ${isPeer ? "its own" : values.ledger}, access tokens live ${values.tokenSeconds} s, refresh tokens work once`,
        isPeer,
        async play(say) {
          const report = await playRounds(options, say);
          return { report, rows: rowsOf(report), broken: brokenPromises(report) };
        },
      };
    });
  },
});

function readFaults(list: string, ledger: string, isPeer: boolean): readonly (readonly FaultName[])[] {
  const fitting = FAULT_NAMES.filter((fault) => LEDGERS_OF_FAULT[fault]?.includes(ledger) ?? true);
  if (list === "") return isPeer ? [[]] : [[], fitting];
  if (list === "none") return [[]];
  if (list === "all") return [fitting];
  const wanted = list.split(",").map((word) => word.trim());
  const known = fitting.filter((fault) => wanted.includes(fault));
  if (known.length < wanted.length)
    throw new RangeError(`--faults takes none, all, or some of ${fitting.join(",")}.`);
  return [known];
}

/** Faults of a store, and the ledgers whose store can have them. */
const LEDGERS_OF_FAULT: Partial<Record<FaultName, readonly string[]>> = {
  store: ["redis", "postgres"],
  full: ["redis", "postgres"],
  failover: ["redis-cluster", "redis-sentinel"],
  reshard: ["redis-cluster"],
};
