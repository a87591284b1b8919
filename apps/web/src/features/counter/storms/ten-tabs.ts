import { lookAround, sayOutcomes, sayRefreshes } from "./look-around.ts";
import type { Storm } from "./storm-ports.ts";

const TABS = 10;

/** What a browser does that restores its tabs in the morning. */
export const TEN_TABS: Storm = {
  id: "ten-tabs",
  name: "Ten tabs restored",
  expectation:
    "Ten tabs wake up on an expired token. One refresh, and they share the answer about the session.",
  async run(ports) {
    await ports.expire();
    const { value, provider, events } = await lookAround(ports, () => ports.openTabs(TABS));
    const good = value.filter(({ call }) => call.status === 200).length;
    const questions = value.reduce((sum, tab) => sum + tab.questions, 0);
    const coats = new Set(value.map(({ coat }) => coat));
    const isGood =
      good === TABS &&
      provider.refreshes === 1 &&
      questions < TABS &&
      coats.size === 1 &&
      !coats.has(undefined);
    return {
      tone: isGood ? "done" : "failed",
      fact: `${good} of ${TABS} tabs answered, ${sayRefreshes(provider.refreshes)}.`,
      rest: ` Together they asked ${questions === 1 ? "once" : `${questions} times`} about the session, and ${
        coats.size === 1 ? `all know coat ${[...coats][0]}` : "they know different coats"
      }.`,
      detail: `${sayOutcomes(events)} Ten clients in this page, as ten tabs have them, over the browser’s own channel and locks.`,
    };
  },
};
