/** What a browser says that it is, in two words that name nobody. */
export interface BrowserFamily {
  readonly browser: string;
  readonly system: string;
}

const OTHER = "Other";

/** In this order: most browsers name their relatives, too. */
const BROWSERS: readonly (readonly [sign: RegExp, family: string])[] = [
  [/\bEdg(?:e|A|iOS)?\//u, "Edge"],
  [/\bOPR\/|\bOpera\b/u, "Opera"],
  [/\bSamsungBrowser\//u, "Samsung Internet"],
  [/\bFirefox\/|\bFxiOS\//u, "Firefox"],
  [/\bChrome\/|\bCriOS\/|\bHeadlessChrome\//u, "Chrome"],
  [/\bSafari\//u, "Safari"],
];

const SYSTEMS: readonly (readonly [sign: RegExp, family: string])[] = [
  [/\biPhone\b|\biPad\b|\biPod\b/u, "iOS"],
  [/\bAndroid\b/u, "Android"],
  [/\bCrOS\b/u, "ChromeOS"],
  [/\bWindows\b/u, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/u, "macOS"],
  [/\bLinux\b|\bX11\b/u, "Linux"],
];

/** Longer ones are no browser's, and cost time. */
const MAX_CHARS = 512;

/** Reads the families of browser and system from `User-Agent`, and nothing else of it: no version, no model. */
export function browserFamily(userAgent: string | undefined): BrowserFamily {
  const text = userAgent ?? "";
  if (text.length > MAX_CHARS) return { browser: OTHER, system: OTHER };
  return { browser: familyIn(BROWSERS, text), system: familyIn(SYSTEMS, text) };
}

function familyIn(table: typeof BROWSERS, text: string): string {
  return table.find(([sign]) => sign.test(text))?.[1] ?? OTHER;
}
