interface Listener {
  readonly key: string;
  readonly callBack: () => void;
  version?: string;
}

export interface PolledChanges {
  /** Calls back whenever this key's version has changed, and when that can't be seen. @returns stops it */
  listen(key: string, callBack: () => void): () => void;
  close(): void;
}

const LOOK_FIRST_MS = 5;
const LOOK_MAX_MS = 100;

/**
 * Waits for other machines: one small command a look for everyone in this process, less and less often.
 *
 * @param versionsOf of the records at these keys, in their order; `undefined`: it can't be told
 */
export function createPolledChanges(
  versionsOf: (keys: readonly string[]) => Promise<readonly (string | undefined)[]>,
): PolledChanges {
  const listeners = new Set<Listener>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLooking = false;
  let lookMs = LOOK_FIRST_MS;

  function schedule(): void {
    clearTimeout(timer);
    if (listeners.size > 0 && !isLooking) timer = setTimeout(() => void look(), lookMs);
  }

  async function look(): Promise<void> {
    isLooking = true;
    const asked = [...listeners];
    const keys = [...new Set(asked.map(({ key }) => key))];
    let versions: readonly (string | undefined)[] = [];
    try {
      versions = await versionsOf(keys);
    } catch {
      // Whoever waits looks for itself, and finds out what is wrong.
      versions = keys.map(() => undefined);
    }
    for (const listener of asked) {
      const version = versions[keys.indexOf(listener.key)];
      if (version !== undefined && version === listener.version) continue;
      if (version !== undefined) listener.version = version;
      listener.callBack();
    }
    isLooking = false;
    lookMs = Math.min(lookMs * 1.3, LOOK_MAX_MS);
    schedule();
  }

  return {
    listen(key, callBack) {
      const listener: Listener = { key, callBack };
      listeners.add(listener);
      lookMs = LOOK_FIRST_MS;
      schedule();
      return () => void listeners.delete(listener);
    },
    close() {
      clearTimeout(timer);
      for (const { callBack } of listeners) callBack();
    },
  };
}
