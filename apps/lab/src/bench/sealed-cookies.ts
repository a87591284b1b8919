import { randomBytes } from "node:crypto";
import {
  createBrowserSessions,
  generateCookieKey,
  type BrowserSessions,
  type SessionEnvelope,
} from "@coatcheck/session";

/** Milliseconds of CPU time to open one session cookie. */
export interface SealedRound {
  readonly remembered: number;
  readonly unsealed: number;
}

interface Value extends SessionEnvelope {
  readonly grant: string;
}

/** About what tokens of a real provider take. */
const GRANT_CHARACTERS = 1200;

/** Opens the same cookie with what the process remembers of it, and without. */
export async function measureSealedCookies(options: {
  readonly rounds: number;
  readonly opens: number;
}): Promise<readonly SealedRound[]> {
  const keys = [generateCookieKey(randomBytes)];
  const create = (maxEntries: number): BrowserSessions<Value, never> =>
    createBrowserSessions<Value, never>(
      {
        keys,
        naming: { kind: "host" },
        openedCookies: { maxEntries },
        parseValue: (json) => json as Value,
        parseTransaction: () => undefined,
      },
      { nowMs: () => Date.now(), randomBytes },
    );
  const remembering = create(1);
  const forgetting = create(0);
  const sealed = await remembering.seal({ ...remembering.create(), grant: "x".repeat(GRANT_CHARACTERS) });
  if (sealed.kind !== "sealed") throw new Error("The cookie is too large.");
  const header = sealed.setCookie[0]?.split(";")[0];

  const measure = async (sessions: BrowserSessions<Value, never>, opens: number): Promise<number> => {
    const before = process.cpuUsage();
    for (let index = 0; index < opens; index += 1) {
      const { sessions: opened } = await sessions.open(header);
      if (opened.length !== 1) throw new Error("The cookie didn't open.");
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / opens;
  };
  for (const sessions of [remembering, forgetting]) await measure(sessions, Math.ceil(options.opens / 2));
  const rounds: SealedRound[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const remembered = await measure(remembering, options.opens);
    rounds.push({ remembered, unsealed: await measure(forgetting, options.opens) });
  }
  return rounds;
}
