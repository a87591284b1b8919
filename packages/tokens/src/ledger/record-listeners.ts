/** Who in this process waits for a record to change. */
export interface RecordListeners {
  /** @returns stops it */
  listen(key: string, callBack: () => void): () => void;
  call(key: string): void;
  callAll(): void;
  isEmpty(): boolean;
}

export function createRecordListeners(): RecordListeners {
  const listeners = new Map<string, Set<() => void>>();
  return {
    listen(key, callBack) {
      const callBacks = listeners.get(key) ?? new Set();
      listeners.set(key, callBacks.add(callBack));
      return () => {
        callBacks.delete(callBack);
        if (callBacks.size === 0 && listeners.get(key) === callBacks) listeners.delete(key);
      };
    },
    call(key) {
      for (const callBack of listeners.get(key) ?? []) callBack();
    },
    callAll() {
      for (const callBacks of listeners.values()) for (const callBack of callBacks) callBack();
    },
    isEmpty: () => listeners.size === 0,
  };
}
