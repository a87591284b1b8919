import { lookAround } from "./look-around.ts";
import type { CallEnd, Storm, StormPorts } from "./storm-ports.ts";

const DOWN_SECONDS = 15;
const EXPIRED_AFTER_SECONDS = 9;
/** Back-off grows while nobody answers; then one more try has to be due. */
const PATIENCE_SECONDS = 60;

/** The provider is away: first the token still lives, then it doesn't. */
export const PROVIDER_DOWN: Storm = {
  id: "provider-down",
  name: "Provider down for 15 s",
  expectation: `Calls go on while the token lives. After ${EXPIRED_AFTER_SECONDS} s it is marked expired: calls say for how long to wait. The session stays.`,
  async run(ports) {
    await ports.expire();
    await ports.call();
    const before = await ports.coat();
    const { value } = await lookAround(ports, async () => {
      await ports.addFault({ kind: "unavailable", endpoint: "any", forSeconds: DOWN_SECONDS });
      const downAt = ports.elapsedMs();
      try {
        // So that the counter knows at once; without it, it would notice with the next refresh.
        await ports.refresh();
        return await callThroughOutage(ports, downAt);
      } finally {
        await ports.clearFaults();
      }
    });
    const { living, expired, backAfterMs } = value;
    const after = await ports.coat();
    const answered = living.filter(({ status }) => status === 200).length;
    const refused = expired.filter(
      ({ status, retryAfterSeconds }) => status === 503 && retryAfterSeconds !== undefined,
    );
    const isKept = after !== undefined && backAfterMs !== undefined;
    const isGood = isKept && answered === living.length && refused.length === expired.length;
    return {
      tone: isGood ? "done" : "failed",
      fact: isKept ? "Session kept." : "The session is gone.",
      rest: ` ${answered} of ${living.length} calls answered while the token lived; of ${expired.length} after it, ${refused.length} said 503 and when to try again.`,
      detail:
        backAfterMs === undefined
          ? `No answer within ${PATIENCE_SECONDS} s after the provider came back.`
          : `Calls worked again ${(backAfterMs / 1000).toFixed(1)} s after the provider did. Coat ${before ?? "unknown"} became ${after ?? "none"}.`,
    };
  },
};

type Outage = {
  living: readonly CallEnd[];
  expired: readonly CallEnd[];
  /** From the end of the outage to the first answer. */
  backAfterMs: number | undefined;
};

async function callThroughOutage(ports: StormPorts, downAt: number): Promise<Outage> {
  const living: CallEnd[] = [];
  const expired: CallEnd[] = [];
  let isExpired = false;
  for (;;) {
    const seconds = (ports.elapsedMs() - downAt) / 1000;
    if (seconds > DOWN_SECONDS + PATIENCE_SECONDS) return { living, expired, backAfterMs: undefined };
    if (!isExpired && seconds >= EXPIRED_AFTER_SECONDS) {
      await ports.expire();
      isExpired = true;
    }
    const end = await ports.call();
    const isOver = (ports.elapsedMs() - downAt) / 1000 > DOWN_SECONDS;
    if (isExpired && end.status === 200)
      return { living, expired, backAfterMs: Math.max(0, ports.elapsedMs() - downAt - DOWN_SECONDS * 1000) };
    (isExpired ? expired : living).push(end);
    const good = living.filter(({ status }) => status === 200).length;
    ports.onProgress(
      Math.min(1, seconds / DOWN_SECONDS),
      isOver
        ? "The provider is back; the next try is due soon."
        : `${Math.max(0, Math.ceil(DOWN_SECONDS - seconds))} s left, ${good} of ${living.length + expired.length} calls answered.`,
    );
    await ports.wait(1_000);
  }
}
