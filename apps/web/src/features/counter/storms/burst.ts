import type { ExperimentResult } from "../experiments/experiment.ts";
import { lookAround, sayOutcomes, sayRefreshes } from "./look-around.ts";
import type { CallEnd, Storm, StormPorts } from "./storm-ports.ts";

const SLOW_MS = 4_000;

/** Many calls find the token expired at the same moment. */
export const BURST: Storm = {
  id: "burst",
  name: "20 calls at once on an expired token",
  expectation: "One refresh at the provider, twenty answers.",
  run: (ports) => burst(ports, 20, "The browser opens six connections at a time; the rest follow."),
};

/** The same while the provider takes its time. */
export const SLOW_TOKEN_ENDPOINT: Storm = {
  id: "slow-token-endpoint",
  name: "Slow token endpoint",
  expectation: `The provider takes ${SLOW_MS / 1000} s to refresh. Ten calls wait for the same one; nobody asks twice.`,
  async run(ports) {
    await ports.addFault({ kind: "delay", ms: SLOW_MS, grant: "refresh_token", forSeconds: 30 });
    try {
      return await burst(ports, 10, `The provider held it for ${SLOW_MS / 1000} s.`);
    } finally {
      await ports.clearFaults();
    }
  },
};

async function burst(ports: StormPorts, count: number, remark: string): Promise<ExperimentResult> {
  await ports.expire();
  let ended = 0;
  const { value, provider, events } = await lookAround(ports, () =>
    Promise.all(
      Array.from({ length: count }, async (): Promise<CallEnd> => {
        const end = await ports.call();
        ended += 1;
        ports.onProgress(ended / count, `${ended} of ${count} calls answered.`);
        return end;
      }),
    ),
  );
  const good = value.filter(({ status }) => status === 200).length;
  const isGood = good === count && provider.refreshes === 1 && provider.reuseDetected === 0;
  return {
    tone: isGood ? "done" : "failed",
    fact: `${good} of ${count} answered, ${sayRefreshes(provider.refreshes)}.`,
    rest: ` Slowest ${Math.max(...value.map(({ ms }) => ms))} ms.`,
    detail: `${sayOutcomes(events)} ${remark}`,
  };
}
