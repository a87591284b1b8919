import QuickLRU from "quick-lru";
import type { SuccessorCrypto, SuccessorLock } from "./successor-crypto.ts";

interface Known {
  readonly lock: SuccessorLock;
  readonly text: string;
}

/** Some 5 KB each; QuickLRU keeps up to twice as many. */
const MAX_REMEMBERED = 500;

/**
 * Remembers what was sealed and opened last: the calls of a page that was just refreshed look into the same successor again
 * and again, and each look derives a key.
 *
 * Nothing that can change is remembered. What a sealed text holds stays true of it for ever, and only who has the whole lock
 * is told; whether it counts still is the ledger's to say, each time.
 */
export function rememberSuccessors(crypto: SuccessorCrypto): SuccessorCrypto {
  const remembered = new QuickLRU<string, Known>({ maxSize: MAX_REMEMBERED });
  return {
    locate: (sid) => crypto.locate(sid),
    fingerprint: (label, parts) => crypto.fingerprint(label, parts),
    async seal(lock, text) {
      const sealed = await crypto.seal(lock, text);
      remembered.set(sealed, { lock, text });
      return sealed;
    },
    open(lock, sealed) {
      const known = remembered.get(sealed);
      if (known !== undefined && isSame(known.lock, lock)) return known.text;
      return openAnew(lock, sealed);
    },
  };

  async function openAnew(lock: SuccessorLock, sealed: string): Promise<string | undefined> {
    const text = await crypto.open(lock, sealed);
    if (text !== undefined) remembered.set(sealed, { lock, text });
    return text;
  }
}

function isSame(a: SuccessorLock, b: SuccessorLock): boolean {
  return (
    a.refreshToken === b.refreshToken &&
    a.sid === b.sid &&
    a.generation === b.generation &&
    a.content === b.content
  );
}
