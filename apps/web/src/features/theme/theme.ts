export const THEMES = ["system", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

/** Read again by `public/theme.js` before the first paint. */
const KEY = "coatcheck:theme";

/** The theme that the reader chose in this browser; `system` where nothing was chosen or storage is switched off. */
export function readTheme(storage: () => Pick<Storage, "getItem">): Theme {
  try {
    const stored = storage().getItem(KEY);
    return THEMES.find((theme) => theme === stored) ?? "system";
  } catch {
    return "system";
  }
}

/** Shows a theme and remembers it; without storage it holds until the page is left. */
export function chooseTheme(
  theme: Theme,
  root: Pick<HTMLElement, "dataset">,
  storage: () => Pick<Storage, "setItem" | "removeItem">,
): void {
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  try {
    if (theme === "system") storage().removeItem(KEY);
    else storage().setItem(KEY, theme);
  } catch {
    // Storage that is full or switched off costs the memory of the choice, not the choice.
    return;
  }
}
