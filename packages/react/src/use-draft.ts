import type { Drafts } from "@coatcheck/client/drafts";
import { useSyncExternalStore } from "react";

/**
 * A value as it is typed: kept in this browser from the first letter on, and there again after a reload.
 *
 * @returns the draft, or `saved` where there is none; how to change it; and how to forget it once the server has it
 */
export function useDraft<T>(drafts: Drafts<T>, key: string, saved: T) {
  const draft = useSyncExternalStore(drafts.subscribe, () => drafts.get(key));
  return {
    value: draft ? draft.value : saved,
    isDraft: draft !== undefined,
    change: (value: T) => drafts.put(key, value),
    drop: () => drafts.drop(key),
  };
}
