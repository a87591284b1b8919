/** The part of `window` that the client uses; a port, so that the same code runs in tests and workers. */
export interface Page {
  readonly location: { readonly href: string; assign(url: string): void };
  readonly document: { readonly visibilityState: string; readonly baseURI: string };
  readonly navigator: { readonly locks?: Pick<LockManager, "request"> };
  readonly history: Pick<History, "state" | "replaceState">;
  /** Closes the window, where the browser lets a script do it. */
  close(): void;
  /** Opens a window; `null` where the browser blocks it. */
  open(url: string, target: string, features: string): unknown;
  addEventListener(type: string, listener: (event: Event) => void, options?: AddEventListenerOptions): void;
  removeEventListener(type: string, listener: (event: Event) => void, options?: EventListenerOptions): void;
}

/** The real page, or `undefined` where there is none. */
export function browserPage(): Page | undefined {
  return typeof window === "undefined" ? undefined : window;
}

export function isHidden(page: Page | undefined): boolean {
  return page?.document.visibilityState === "hidden";
}

/** Listens to several events of the page; returns the function that ends it. */
export function listen(
  page: Page | undefined,
  types: readonly string[],
  listener: (event: Event) => void,
): () => void {
  // Capturing, so that a component that stops propagation doesn't hide a person's input from us.
  const options = { capture: true, passive: true };
  for (const type of types) page?.addEventListener(type, listener, options);
  return () => {
    for (const type of types) page?.removeEventListener(type, listener, options);
  };
}
