import { useState } from "react";
import { areShortcutsOn, chooseShortcuts } from "./shortcut-choice.ts";

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["/", "Search"],
  ["n", "New note"],
  [`${MOD} K`, "Go anywhere, do anything"],
  ["?", "This list"],
  ["Esc", "Clear the search, close what is open"],
  ["↑ ↓", "Move in the list of notes"],
];

/** The keys that do something, and the switch that turns those of one letter off. */
export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const [on, setOn] = useState(areShortcutsOn);
  return (
    <>
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="switch">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => {
            setOn(event.target.checked);
            chooseShortcuts(event.target.checked);
          }}
        />
        Keys of one letter do something
      </label>
      <button type="button" className="btn" onClick={onClose}>
        Close
      </button>
    </>
  );
}
