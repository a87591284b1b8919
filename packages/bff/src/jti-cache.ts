/** Which logout tokens were used. Bounded; a copy at another process changes nothing, since ending twice is ending once. */
export interface JtiCache {
  /** @param expSeconds until when the token could be used again. @returns `false` if it was used before */
  take(jti: string, expSeconds: number): boolean;
  /** It could not be acted on: the sender may try again. */
  giveBack(jti: string): void;
}

const MAX_REMEMBERED = 10_000;
const CLOCK_TOLERANCE_SECONDS = 60;

export function createJtiCache(nowMs: () => number): JtiCache {
  const untilMs = new Map<string, number>();
  return {
    take(jti, expSeconds) {
      const now = nowMs();
      for (const [known, until] of untilMs) {
        if (until > now && untilMs.size < MAX_REMEMBERED) break;
        untilMs.delete(known);
      }
      const known = untilMs.get(jti);
      if (known !== undefined && known > now) return false;
      untilMs.set(jti, (expSeconds + CLOCK_TOLERANCE_SECONDS) * 1000);
      return true;
    },
    giveBack: (jti) => void untilMs.delete(jti),
  };
}
