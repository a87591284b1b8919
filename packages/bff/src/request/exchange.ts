import type { PlainRequest } from "@coatcheck/proxy";
import type { Visit } from "../session/visit.ts";
import type { HeaderIndex } from "./header-index.ts";

/** One request on its way: what the dispatcher has already made of it. */
export interface Exchange {
  readonly request: PlainRequest;
  readonly headers: HeaderIndex;
  /** The canonical path: the same bytes for guard, matching and forwarding (S-106). */
  readonly path: string;
  /** Without the question mark; exactly as received. */
  readonly rawQuery: string;
  readonly requestId: string;
  readonly clientAddress: string | undefined;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /**
   * Opens the session; later calls get the same visit.
   *
   * The dispatcher closes it when the headers leave, also after a failure: new tokens survive a handler that throws.
   */
  openSession(): Promise<Visit>;
}
