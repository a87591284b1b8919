import type { SuccessorCrypto } from "../grant/successor-crypto.ts";
import type { TimerPorts } from "../timer-ports.ts";

/** Everything of the outside world that a token keeper touches, besides the ledger and the provider. */
export interface KeeperPorts extends TimerPorts {
  readonly randomBytes: (count: number) => Uint8Array;
  /** Default: WebCrypto. */
  readonly crypto?: SuccessorCrypto;
}
