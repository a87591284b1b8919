const KEY = "coatcheck:shortcuts";

/** Whether keys of one letter do something; a reader who speaks or types by other means may turn them off. */
export function areShortcutsOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function chooseShortcuts(on: boolean): void {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // Without storage the choice can't be kept, and the keys stay as they are.
    return;
  }
}
