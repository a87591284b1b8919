import type { RequestListener } from "node:http";
import { createBff, type Bff, type BffConfig, type Observer, type Tracing } from "@coatcheck/bff";
import { createNodeListener, createNodePorts } from "@coatcheck/bff/node";
import type { WriteLog } from "./write-log.ts";
import type { EndingWatch, Ledger } from "@coatcheck/tokens";
import type { Shared } from "./open-ledger.ts";

export interface ComposedBff {
  readonly bff: Bff;
  /** Answers every request that it is given, also those that the BFF doesn't know (404). */
  readonly answer: RequestListener;
  /** Lets go of kept-alive connections to provider and APIs, and of what it hears of the ledger, which stays open. */
  readonly close: () => Promise<void>;
}

/** The BFF of one frontend on this process's clock, randomness and network. @throws {BffError} `config_invalid` */
export function composeBff({
  config,
  log,
  createBff: create = createBff,
  observer,
  tracing,
  isFile,
  ledger,
  rateLimit,
}: Pick<Shared, "ledger" | "rateLimit"> & {
  readonly config: BffConfig;
  readonly log: WriteLog;
  /** Default: the production one. */
  readonly createBff?: typeof createBff | undefined;
  readonly observer?: Observer | undefined;
  readonly tracing?: Tracing | undefined;
  readonly isFile?: (path: string) => boolean;
}): ComposedBff {
  const ports = createNodePorts({
    ledger: viewOf(ledger),
    ...(rateLimit === undefined ? {} : { rateLimit }),
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
    close: () => bff.close(),
  };
}

/** A ledger that several BFFs use: each closes its view, which ends what it hears of endings, and leaves the ledger open. */
function viewOf(ledger: Ledger): Ledger {
  const watches: EndingWatch[] = [];
  return {
    ...ledger,
    watchEndings(...listeners) {
      const watch = ledger.watchEndings(...listeners);
      watches.push(watch);
      return watch;
    },
    close: async () => watches.forEach((watch) => watch.stop()),
  };
}
