import type { Page } from "../src/page.ts";
import { ORIGIN } from "./scripted-bff.ts";

/** A page whose events a test can fire, trusted ones included (a real `EventTarget` can't). */
export interface FakePage extends Page {
  emit(type: string, event?: { persisted?: boolean; isTrusted?: boolean }): void;
  show(visible: boolean): void;
  goTo(path: string): void;
  listenerCount(): number;
  /** Addresses that the page was left for. */
  readonly left: string[];
  /** Addresses that windows were opened with. */
  readonly opened: string[];
  /** Opens no window from now on, as a browser that blocks them. */
  blockWindows(): void;
  readonly isClosed: boolean;
}

export function createFakePage(locks?: Pick<LockManager, "request">): FakePage {
  const listeners = new Map<string, Set<(event: Event) => void>>();
  const left: string[] = [];
  const opened: string[] = [];
  let isBlocking = false;
  let isClosed = false;
  let href = `${ORIGIN}/`;
  let visibilityState = "visible";

  const page: FakePage = {
    left,
    opened,
    blockWindows: () => void (isBlocking = true),
    get isClosed() {
      return isClosed;
    },
    close: () => void (isClosed = true),
    open(url) {
      if (isBlocking) return null;
      opened.push(url);
      return {};
    },
    history: {
      state: null,
      replaceState(_state, _unused, url) {
        href = new URL(String(url), href).href;
      },
    },
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
