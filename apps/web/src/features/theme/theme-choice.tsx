import { useId, useState } from "react";
import { chooseTheme, readTheme, type Theme, THEMES } from "./theme.ts";
import "./theme-choice.css";

const NAMES: Readonly<Record<Theme, string>> = { system: "System", light: "Light", dark: "Dark" };

/** Three radios: the system's theme, light, dark. Kept in this browser. */
export function ThemeChoice() {
  const group = useId();
  const [chosen, setChosen] = useState(() => readTheme(() => localStorage));
  return (
    <fieldset className="theme">
      <legend className="vh">Theme</legend>
      {THEMES.map((theme) => (
        <label key={theme}>
          <input
            type="radio"
            name={group}
            value={theme}
            checked={theme === chosen}
            onChange={() => {
              setChosen(theme);
              chooseTheme(theme, document.documentElement, () => localStorage);
            }}
          />
          <span>{NAMES[theme]}</span>
        </label>
      ))}
    </fieldset>
  );
}
