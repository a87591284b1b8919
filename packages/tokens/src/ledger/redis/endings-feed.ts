import type { Ending } from "../ledger.ts";
import type { DeliverEndings } from "../polled-endings.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { REDIS_SCRIPTS } from "./redis-scripts.ts";

/** An ending as JSON, with `keepUntil` among its members. */
interface FeedEntry {
  readonly text: string;
  readonly keepUntil: number;
}

type Kept = Ending & { readonly keepUntil: number };

/**
 * What has ended, in order, under a key of its own, which in a cluster is on another node than most records.
 *
 * So a session ends in three steps: announced here, ended in its record, appended here. An announcement that nobody has followed
 * up for 10 s belongs to a process that was lost in between: whoever sees it looks at the record, and appends or withdraws it.
 */
export interface EndingsFeed {
  announce(entries: readonly FeedEntry[], deadline: number): Promise<void>;
  append(entries: readonly FeedEntry[], deadline: number): Promise<void>;
  newDelivery(): DeliverEndings;
}

const BATCH = 500;
/** Longer than a call may take, which changes nothing any more afterwards. */
const OVERDUE_MS = 10_000;
/** Microseconds, as the sequence is: a node that takes over may have lost the last entries, and its clock may be behind. */
const LOOK_BACK_US = 60_000_000;

/** @param isEnded whether the record at this key is */
export function createEndingsFeed(
  connection: RedisConnection,
  feedKey: string,
  isEnded: (key: string) => Promise<boolean>,
): EndingsFeed {
  async function put(
    entries: readonly FeedEntry[],
    how: "announce" | "append",
    deadline?: number,
  ): Promise<void> {
    for (const { text, keepUntil } of entries) {
      await connection.write(
        REDIS_SCRIPTS.feed,
        [feedKey],
        [text, String(Math.ceil(keepUntil)), how],
        deadline,
      );
    }
  }

  /** Follows up what a lost process has announced. */
  async function followUp(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      const { key, keepUntil } = JSON.parse(text) as Kept;
      if (await isEnded(key)) await put([{ text, keepUntil }], "append");
      else await connection.write(REDIS_SCRIPTS.withdraw, [feedKey], [text]);
    }
  }

  async function deliver(onEnding: (ending: Ending) => void, cursor: string): Promise<string> {
    type Page = {
      readonly now: number;
      readonly seq: string;
      readonly endings?: readonly string[];
      readonly overdue?: readonly string[];
    };
    let last = cursor;
    for (;;) {
      const args = [last, String(BATCH), String(OVERDUE_MS)];
      const page = await connection.script<Page>(REDIS_SCRIPTS.endings, [feedKey], args);
      for (const text of page.endings ?? []) {
        const { keepUntil, ...ending } = JSON.parse(text) as Kept;
        if (keepUntil > page.now) onEnding({ ...ending, keepMs: keepUntil - page.now });
      }
      last = page.seq;
      // A record that can't be looked at now keeps no other ending back: it stays overdue.
      await followUp(page.overdue ?? []).catch(() => undefined);
      if ((page.endings?.length ?? 0) < BATCH) return last;
    }
  }

  return {
    announce: (entries, deadline) => put(entries, "announce", deadline),
    append: (entries, deadline) => put(entries, "append", deadline),
    newDelivery() {
      let cursor = "0";
      return async (onEnding) => {
        try {
          cursor = await deliver(onEnding, cursor);
        } catch (error) {
          cursor = String(Math.max(0, Number(cursor) - LOOK_BACK_US));
          throw error;
        }
      };
    },
  };
}
