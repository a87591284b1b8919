import type { PlainRequest } from "@coatcheck/proxy";
import type { HeaderIndex } from "./header-index.ts";

/** Who is at the other end of the connection. */
export interface Peer {
  readonly remoteAddress?: string;
}

/** One request that was admitted: what guard, session and routes read of it. */
export interface BffRequest {
  /** As it came. */
  readonly plain: PlainRequest;
  readonly headers: HeaderIndex;
  /** The canonical path: the same bytes for guard, matching and forwarding (S-106). */
  readonly path: string;
  /** Without the question mark; exactly as received. */
  readonly rawQuery: string;
  readonly requestId: string;
  /** Canonical text; `undefined` where the runtime doesn't tell. */
  readonly clientAddress: string | undefined;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
}
