import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import type { Provider } from "oidc-provider";

interface Nonces {
  nextChallenge(): string;
  checkChallenge(nonce: string): boolean;
}

const MAX_OPEN = 10_000;

/** Makes every nonce for DPoP proofs good for one call: the strictest that RFC 9449 section 8 allows. */
export function useSingleUseNonces(provider: Provider): void {
  const open = new Set<string>();
  internalsOf(provider).DPoPNonces = {
    nextChallenge() {
      const [oldest] = open;
      if (oldest !== undefined && open.size >= MAX_OPEN) open.delete(oldest);
      const nonce = randomBytes(16).toString("base64url");
      open.add(nonce);
      return nonce;
    },
    checkChallenge: (nonce) => open.delete(nonce),
  };
}

/** oidc-provider's own nonces change by time alone, and there is no setting for others. */
function internalsOf(provider: Provider): { DPoPNonces?: Nonces } {
  const load = createRequire(import.meta.url);
  const { default: internals } = load("oidc-provider/lib/helpers/weak_cache.js") as {
    readonly default: (of: Provider) => { DPoPNonces?: Nonces };
  };
  return internals(provider);
}
