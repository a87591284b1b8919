import type { RequestListener } from "node:http";
import { createBff, type Bff, type BffConfig, type Observer, type Tracing } from "@coatcheck/bff";
import { createNodeListener, createNodePorts } from "@coatcheck/bff/node";
import type { WriteLog } from "./write-log.ts";
import type { Shared } from "./open-ledger.ts";

export interface ComposedBff {
  readonly bff: Bff;
  /** Answers every request that it is given, also those that the BFF doesn't know (404). */
  readonly answer: RequestListener;
  /** Lets go of kept-alive connections to provider and APIs. */
  close(): void;
}

/** The BFF of one frontend on this process's clock, randomness and network. @throws {BffError} `config_invalid` */
export function composeBff({
  config,
  log,
  createBff: create = createBff,
  observer,
  tracing,
  isFile,
  ...shared
}: Shared & {
  readonly config: BffConfig;
  readonly log: WriteLog;
  /** Default: the production one. */
  readonly createBff?: typeof createBff | undefined;
  readonly observer?: Observer | undefined;
  readonly tracing?: Tracing | undefined;
  readonly isFile?: (path: string) => boolean;
}): ComposedBff {
  const ports = createNodePorts({
    ...shared,
    log,
    ...(observer === undefined ? {} : { observer }),
    ...(tracing === undefined ? {} : { tracing }),
    ...(isFile === undefined ? {} : { isFile }),
  });
  const bff = create(config, ports);
  return {
    bff,
    // The app has no middleware of its own that API calls would miss.
    answer: createNodeListener(bff, bff.app, { apiCalls: "direct" }),
    close: ports.close,
  };
}
