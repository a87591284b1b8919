import { describe, expect, it } from "vitest";
import { chooseTheme, readTheme } from "./theme.ts";

function memory(initial: Record<string, string> = {}) {
  const kept = new Map(Object.entries(initial));
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}
const refused = () => {
  throw new DOMException("refused", "SecurityError");
};

describe("theme", () => {
  it("follows the system until somebody chooses", () => {
    expect(readTheme(() => memory())).toBe("system");
    expect(readTheme(() => memory({ "coatcheck:theme": "mauve" }))).toBe("system");
    expect(readTheme(refused)).toBe("system");
  });

  it("remembers a choice, and forgets it for the system's", () => {
    const storage = memory();
    const root = { dataset: {} as DOMStringMap };
    chooseTheme("dark", root, () => storage);
    expect([root.dataset["theme"], readTheme(() => storage)]).toEqual(["dark", "dark"]);
    chooseTheme("system", root, () => storage);
    expect([root.dataset["theme"], readTheme(() => storage)]).toEqual([undefined, "system"]);
  });

  it("shows a choice where storage is switched off", () => {
    const root = { dataset: {} as DOMStringMap };
    chooseTheme("light", root, refused);
    expect(root.dataset["theme"]).toBe("light");
  });
});
