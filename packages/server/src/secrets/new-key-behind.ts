import { revealSecret } from "@coatcheck/bff/config";
import type { Frontend } from "../environment/frontends.ts";
import { freezeConfig } from "../environment/config-values.ts";

/**
 * Frontends whose new first cookie key stands behind the one that seals now, if that one is still listed: it opens cookies, and
 * seals none yet. Without this, whoever reads the new key first seals cookies that the others can't open, and people who are
 * signed in are anonymous there.
 *
 * @returns `next` itself where no key is new
 */
export function withNewKeyBehind(
  next: readonly Frontend[],
  current: readonly Frontend[],
): readonly Frontend[] {
  const held = next.map((frontend, index): Frontend => {
    const { cookieKeys } = frontend.bff;
    const sealing = revealSecret(current[index]?.bff.cookieKeys[0] ?? "");
    const place = cookieKeys.findIndex((key) => revealSecret(key) === sealing);
    const found = cookieKeys[place];
    if (place <= 0 || found === undefined) return frontend;
    const inOrder = [found, ...cookieKeys.filter((_key, at) => at !== place)];
    return freezeConfig({ ...frontend, bff: { ...frontend.bff, cookieKeys: inOrder } });
  });
  return held.every((frontend, index) => frontend === next[index]) ? next : held;
}
