import { open, type FileHandle } from "node:fs/promises";

/** Brings what was committed so far onto the disk, beside the event loop; calls that come together share one sync. */
export interface JournalSync {
  /** @throws {Error} if the disk refuses: then nobody knows what it holds */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Syncs SQLite's write-ahead log after a commit that SQLite itself doesn't sync (`synchronous=NORMAL`).
 *
 * The same promise as `synchronous=FULL` gives for who waits for it, without stopping the process for the time that a disk
 * takes (some 10 ms). SQLite takes no locks on this file, so that closing another descriptor of it loses none.
 */
export function createJournalSync(file: string): JournalSync {
  let handle: Promise<FileHandle> | undefined;
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;

  async function sync(): Promise<void> {
    handle ??= open(`${file}-wal`, "r+");
    try {
      await (await handle).datasync();
    } catch (error) {
      handle = undefined;
      throw error;
    }
  }

  function start(): Promise<void> {
    const run = sync().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  }

  async function afterRunning(previous: Promise<void>): Promise<void> {
    // Those who wait for it learn of its failure.
    await previous.catch(() => undefined);
    waiting = undefined;
    return start();
  }

  return {
    flush() {
      if (running === undefined) return start();
      // What runs may have begun before the last commit.
      waiting ??= afterRunning(running);
      return waiting;
    },
    async close() {
      await Promise.allSettled([running, waiting]);
      const opened = handle;
      handle = undefined;
      if (opened !== undefined) await (await opened).close();
    },
  };
}
