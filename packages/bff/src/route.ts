import type { Answer } from "./request/answer.ts";
import type { Exchange } from "./request/exchange.ts";

/**
 * One place where the BFF answers. Every route names its guard: there is no default that a new one could slip through.
 *
 * - `fetch`: our own page's scripts only.
 * - `download`: the same, and GETs that our own page began without a script.
 * - `navigation`: top-level documents only; the route decides about foreign ones.
 * - `open`: probes, the provider's calls, and what the browser reports by itself.
 */
export interface Route {
  readonly methods: readonly string[];
  readonly guard: "fetch" | "download" | "navigation" | "open";
  readonly handle: (exchange: Exchange) => Promise<Answer>;
  /** Probes come by address and not by name. */
  readonly acceptsAnyHost?: boolean;
  /** API routes have their own. */
  readonly maxBodyBytes?: number;
  /** Takes paths with `%2F` and `%5C`, which are ambiguous elsewhere. */
  readonly allowsEncodedSlashes?: boolean;
}
