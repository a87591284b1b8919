import type { Grant } from "./grant.ts";
import type { SuccessorCrypto } from "./successor-crypto.ts";
import { openSuccessor } from "./successor.ts";

/** The newest grant that another one leads to. */
export interface Tip {
  readonly grant: Grant;
  /** It was spent, too, and what came of it is gone; it must never be sent to the provider. */
  readonly isStale: boolean;
}

/** Follows sealed successors (by spent generation) from a grant to its tip. */
export async function walkToTip(
  crypto: SuccessorCrypto,
  sid: string,
  from: Grant,
  record: { readonly highestSpent: number; readonly successors: Readonly<Record<number, string>> },
): Promise<Tip> {
  let grant = from;
  for (;;) {
    const sealed = record.successors[grant.generation];
    const next = sealed === undefined ? undefined : await openSuccessor(crypto, sid, grant, sealed);
    if (next === undefined) return { grant, isStale: grant.generation <= record.highestSpent };
    grant = next;
  }
}
