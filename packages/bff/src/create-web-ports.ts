import type { Log } from "./observe/log.ts";
import { createLogWriter } from "./observe/log-writer.ts";
import type { BffPorts } from "./ports.ts";

export interface WebPortsOptions extends Pick<
  BffPorts,
  "addressHeader" | "isFile" | "ledger" | "observer" | "onRefresh" | "onSessionEnd" | "onSignIn" | "rateLimit"
> {
  /** Default: one JSON object a line on the console. `() => undefined` is silent. */
  readonly log?: Log;
}

/**
 * The outside world of a BFF on runtimes with web standards alone: Bun, Deno, Cloudflare Workers. On Node use
 * `createNodePorts`, whose connections tell a request that was never sent from one that may have been.
 *
 * @param options the ledger is the caller's to open and to close.
 * @example createBff(config, createWebPorts({ ledger, addressHeader: "cf-connecting-ip" }))
 */
export function createWebPorts({ log = createConsoleLog(), ...ports }: WebPortsOptions): BffPorts {
  return {
    fetch: (url, init) => fetch(url, init),
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    log,
    ...ports,
  };
}

function createConsoleLog(): Log {
  return createLogWriter({
    format: "json",
    // oxlint-disable-next-line no-console -- the one place that these runtimes collect lines from
    write: (line) => console.log(line.trimEnd()),
    now: () => Date.now(),
  });
}
