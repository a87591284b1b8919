import type { Page } from "../src/page.ts";
import { ORIGIN } from "./scripted-bff.ts";

/** A page whose events a test can fire, trusted ones included (a real `EventTarget` can't). */
export interface FakePage extends Page {
  emit(type: string, event?: { persisted?: boolean; isTrusted?: boolean }): void;
  show(visible: boolean): void;
  goTo(path: string): void;
  listenerCount(): number;
  readonly left: string[];
}

export function createFakePage(locks?: Pick<LockManager, "request">): FakePage {
  const listeners = new Map<string, Set<(event: Event) => void>>();
  const left: string[] = [];
  let href = `${ORIGIN}/`;
  let visibilityState = "visible";

  const page: FakePage = {
    left,
    location: {
      get href() {
        return href;
      },
      assign: (url) => void left.push(url),
    },
    document: {
      baseURI: `${ORIGIN}/`,
      get visibilityState() {
        return visibilityState;
      },
    },
    navigator: locks ? { locks } : {},
    addEventListener(type, listener) {
      listeners.set(type, (listeners.get(type) ?? new Set()).add(listener));
    },
    removeEventListener(type, listener) {
      listeners.get(type)?.delete(listener);
    },
    emit(type, event = {}) {
      for (const listener of listeners.get(type) ?? []) {
        listener({ type, isTrusted: true, ...event } as unknown as Event);
      }
    },
    show(visible) {
      visibilityState = visible ? "visible" : "hidden";
      page.emit("visibilitychange");
    },
    goTo(path) {
      href = ORIGIN + path;
    },
    listenerCount: () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0),
  };
  return page;
}
