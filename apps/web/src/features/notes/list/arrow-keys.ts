import type { KeyboardEvent } from "react";

/** Moves the focus among the links of a list: arrows, Home, End. Put it on each link's `onKeyDown`. */
export function moveFocusByArrow(event: KeyboardEvent<HTMLElement>): void {
  const links = [...(event.currentTarget.closest("ul")?.querySelectorAll<HTMLElement>("a[href]") ?? [])];
  const next = nextIndex(
    event.key,
    links.findIndex((link) => link === document.activeElement),
    links.length,
  );
  if (next === undefined) return;
  event.preventDefault();
  links[next]?.focus();
}

/** Where a key leads from an index; `undefined` where the key isn't ours. */
export function nextIndex(key: string, index: number, length: number): number | undefined {
  if (length === 0) return undefined;
  if (key === "ArrowDown") return Math.min(length - 1, index + 1);
  if (key === "ArrowUp") return Math.max(0, index - 1);
  if (key === "Home") return 0;
  return key === "End" ? length - 1 : undefined;
}
