import type { Writable } from "node:stream";

/** Takes lines to a stream that may be slow, full or gone. Never throws, and nobody waits for it. */
export interface LineSink {
  /** Takes one whole line with its line break, or drops and counts it. */
  write(line: string): void;
  /** How many lines were dropped so far. */
  dropped(): number;
  /** Resolves when every line has left, at the latest after this time. */
  flush(withinMs: number): Promise<void>;
}

/** What may wait for a slow reader, characters; more would only take memory from the requests. */
const MAX_WAITING = 1024 * 1024;
const FLUSH_CHECK_MS = 10;

/**
 * Without this, a reader that goes away (`serve | head -n 2`) or a full disk throws at every line, and logging that error
 * throws again; a reader that is slow fills the memory.
 *
 * @param stream `process.stdout` and the like: it goes on after an error, since what it writes to may come back.
 * @param onRecovered lines get through again, after this many were dropped.
 */
export function createLineSink(stream: Writable, onRecovered: (dropped: number) => void): LineSink {
  let dropped = 0;
  let reported = 0;

  function drop(): void {
    dropped += 1;
  }

  // Once, however many BFFs write to it: Node warns of a leak at the eleventh listener.
  if (!stream.listeners("error").includes(ignoreError)) stream.on("error", ignoreError);

  return {
    write(line) {
      if (stream.writableLength + line.length > MAX_WAITING) return drop();
      stream.write(line, (error) => {
        if (error) return drop();
        // Only with room to spare: else the report of a slow reader's loss makes for the next loss.
        const lost = dropped - reported;
        if (lost === 0 || stream.writableLength > MAX_WAITING / 2) return;
        reported = dropped;
        onRecovered(lost);
      });
    },
    dropped: () => dropped,
    async flush(withinMs) {
      for (let waitedMs = 0; stream.writableLength > 0 && waitedMs < withinMs; waitedMs += FLUSH_CHECK_MS) {
        await new Promise((resolve) => void setTimeout(resolve, FLUSH_CHECK_MS));
      }
    },
  };
}

/** Each line's own callback counts it; without a listener the same error ends the process. */
function ignoreError(): void {
  // Nothing is left to do.
}
