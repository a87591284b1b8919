import { unref } from "../polled-endings.ts";
import type { PostgresPool } from "./postgres-connection.ts";
import { channelOf } from "./postgres-statements.ts";

/** Listens on a connection of its own, so that endings are looked for at once; without it, within half a second. */
export interface EndingCalls {
  close(): void;
}

const RETRY_MS = 5_000;

export function listenForEndings(pool: PostgresPool, schema: string, onCall: () => void): EndingCalls {
  let isClosed = false;
  let drop: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function retry(): void {
    drop = undefined;
    if (isClosed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void listen(), RETRY_MS);
    unref(timer);
  }

  async function listen(): Promise<void> {
    try {
      const client = await pool.connect();
      let isReleased = false;
      const release = (): void => {
        if (isReleased) return;
        isReleased = true;
        // Not back into the pool: it would go on listening there.
        client.release(true);
      };
      const lose = (): void => {
        release();
        retry();
      };
      if (isClosed) return release();
      drop = release;
      client.on("error", lose);
      client.on("end", lose);
      client.on("notification", onCall);
      await client.query(`LISTEN ${channelOf(schema)}`);
      // What ended before it was heard.
      onCall();
    } catch {
      // Out of reach, or a pooler between that passes no calls on: endings are looked for all the same.
      drop?.();
      retry();
    }
  }

  // A pool of one would have no connection left for anything else.
  if (pool.options?.max !== 1) void listen();
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      drop?.();
    },
  };
}
