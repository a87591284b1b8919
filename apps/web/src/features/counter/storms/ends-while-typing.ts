import type { Storm } from "./storm-ports.ts";

const SECONDS = 4;

/** Somebody ends the session elsewhere while a person types here. */
export const ENDS_WHILE_TYPING: Storm = {
  id: "ends-while-typing",
  name: "Session ends while you type",
  expectation: `Begin to type below. After ${SECONDS} s the provider ends your session: the page asks you to sign in again, and your text is still here afterwards.`,
  async run(ports) {
    ports.beginTyping();
    for (let second = 0; second < SECONDS; second += 1) {
      ports.onProgress(second / SECONDS, `Type now: the session ends in ${SECONDS - second} s.`);
      await ports.wait(1_000);
    }
    const before = ports.typed();
    const endedAt = ports.elapsedMs();
    await ports.endAtProvider();
    const ms = Math.round(ports.elapsedMs() - endedAt);
    await ports.wait(500);
    const isKept = ports.typed().startsWith(before);
    const kept = isKept ? before.length : 0;
    return {
      tone: isKept ? "done" : "failed",
      fact:
        before.length === 0 ? "You typed nothing." : `${kept} of ${before.length} characters are still here.`,
      rest: ` The page noticed after ${ms} ms.`,
      detail: "Ended by back-channel logout. What you type in a note is kept on this device, too.",
    };
  },
};
