import { lookAround } from "./look-around.ts";
import type { Storm } from "./storm-ports.ts";

const LATE_SECONDS = 5;
/** Another request of this page may come in between and bring the new cookie first. */
const TRIES = 3;

/** An answer that was slow on the way puts an older cookie into the browser. */
export const OLD_COOKIE: Storm = {
  id: "old-cookie",
  name: "Old cookie after 5 s",
  expectation: "A cookie from before the last refresh arrives late. It should find its successor.",
  async run(ports) {
    await ports.expire();
    await ports.call();
    const old = await ports.oldCookie("keep");
    await ports.refresh();
    for (let second = 0; second < LATE_SECONDS; second += 1) {
      ports.onProgress(second / LATE_SECONDS, `The old cookie arrives in ${LATE_SECONDS - second} s.`);
      await ports.wait(1_000);
    }
    for (let tries = 1; ; tries += 1) {
      await ports.oldCookie("put_back");
      const { value: call, provider, events } = await lookAround(ports, ports.call);
      const coat = await ports.coat();
      const replayed = events.some((event) => event.kind === "refresh" && event.outcome === "replayed");
      if (!replayed && call.status === 200 && tries < TRIES) continue;
      const isKept = call.status === 200 && coat !== undefined && coat > old && provider.reuseDetected === 0;
      return {
        tone: isKept && provider.refreshes === 0 ? "done" : "failed",
        fact: isKept ? "Session kept." : `${call.status}: the old cookie was refused.`,
        rest: isKept ? ` The cookie of coat ${old} was given coat ${coat} in ${call.ms} ms.` : "",
        detail: `${replayed ? "Replayed out of the ledger." : "A newer cookie came first."} ${
          provider.refreshes === 0
            ? "No call to the provider."
            : `${provider.refreshes} calls to the provider.`
        }`,
      };
    }
  },
};
