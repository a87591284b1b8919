/** The sizes at which the main screens are drawn: a phone, the same held across, a laptop, a large display. */
export const SCREEN_SIZES = {
  phone: { width: 390, height: 844 },
  landscape: { width: 844, height: 390 },
  laptop: { width: 1280, height: 800 },
  wide: { width: 1920, height: 1080 },
} as const;

export type ScreenSize = keyof typeof SCREEN_SIZES;

export const SCREEN_SCHEMES = ["light", "dark"] as const;

export type ScreenScheme = (typeof SCREEN_SCHEMES)[number];

/** A context in which a page looks the same each time, as far as a browser lets it. */
export function screenContext(size: ScreenSize) {
  const isTouched = size === "phone" || size === "landscape";
  return {
    viewport: SCREEN_SIZES[size],
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/Oslo",
    serviceWorkers: "block",
    ...(isTouched ? { hasTouch: true, isMobile: true } : {}),
  } as const;
}

export function screenName(scene: string, size: ScreenSize, scheme: ScreenScheme): string {
  return `${scene}-${size}-${scheme}`;
}
