import { useEffect, useRef } from "react";
import { isText } from "../session/is-typing.ts";
import { areShortcutsOn } from "./shortcut-choice.ts";

/** What a key does; `mod+` is Ctrl, on a Mac Cmd. */
export type Shortcuts = Readonly<Record<string, () => void>>;

/**
 * Keys that do something wherever the focus is, but not while somebody types or a dialog asks.
 *
 * Those of one letter can be turned off. @see WCAG 2.2, success criterion 2.1.4
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.isComposing || event.altKey) return;
      const hasMod = event.ctrlKey || event.metaKey;
      const run = current.current[hasMod ? `mod+${event.key.toLowerCase()}` : event.key];
      if (run === undefined || document.querySelector("dialog:modal") !== null) return;
      if (!hasMod && (isText(event.target) || !areShortcutsOn())) return;
      event.preventDefault();
      run();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
