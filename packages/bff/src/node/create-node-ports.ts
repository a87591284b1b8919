import { randomBytes } from "node:crypto";
import { createNodeFetch } from "@coatcheck/oauth/node";
import { createNodeConnectSocket, createNodeSend } from "@coatcheck/proxy/node";
import type { Log } from "../observe/log.ts";
import type { BffPorts } from "../ports.ts";
import { createLogger } from "./create-logger.ts";

/** What Node gives the BFF; spread it over to replace a port. */
export interface NodePorts extends BffPorts {
  /** Lets go of kept-alive connections to the provider and the APIs. Call it after `bff.drain()`. */
  readonly close: () => void;
}

export interface NodePortsOptions extends Pick<
  BffPorts,
  | "isFile"
  | "ledger"
  | "rateLimit"
  | "observer"
  | "tracing"
  | "onSignIn"
  | "onChooseProvider"
  | "onRefresh"
  | "onSessionEnd"
> {
  /** PEM certificates of authorities to trust for the provider and the APIs, beside Node's own. */
  readonly ca?: string;
  /** Default: that of `createLogger()`, so that whoever embeds it is told what is wrong. `() => undefined` is silent. */
  readonly log?: Log;
}

/**
 * The outside world of a BFF on Node: its clocks, its randomness, and connections whose deadlines tell a request that was
 * never sent from one that may have been.
 *
 * @param options the ledger is the caller's to open and to close.
 */
export function createNodePorts({ ca, log = createLogger().log, ...ports }: NodePortsOptions): NodePorts {
  const trust = ca === undefined ? {} : { ca };
  const fetch = createNodeFetch(trust);
  const upstreams = createNodeSend(trust);
  return {
    fetch,
    send: upstreams.send,
    connectSocket: createNodeConnectSocket(trust),
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    log,
    ...ports,
    close() {
      fetch.close();
      upstreams.close();
    },
  };
}
