import type { Provider, ProviderFetch } from "@coatcheck/oauth";
import type { ConnectSocket, UpstreamSend } from "@coatcheck/proxy";
import type { Mac, Sealer } from "@coatcheck/session";
import type { Ledger, SuccessorCrypto } from "@coatcheck/tokens";
import type { RateLimit } from "./limits/rate-limit.ts";
import type { Log } from "./observe/log.ts";
import type { Observer } from "./observe/observer.ts";
import type { Tracing } from "./tracing/tracing.ts";
import type { OnChooseProvider } from "./providers/choose-provider.ts";
import type { OnRefresh } from "./session/refresh-hook.ts";
import type { OnSessionEnd } from "./session/session-end-hook.ts";
import type { OnSignIn } from "./session/sign-in-hook.ts";

/** Everything of the outside world that the BFF touches. */
export interface BffPorts {
  /** Calls to the provider. On Node: `createNodeFetch()` of `@coatcheck/oauth/node`. */
  readonly fetch: ProviderFetch;
  /** Calls to APIs. Default: over the platform's `fetch`; on Node give `createNodeSend().send` of `@coatcheck/proxy/node`. */
  readonly send?: UpstreamSend;
  /**
   * Opens WebSockets at APIs. Default: none are offered; on Node give `createNodeConnectSocket()` of `@coatcheck/proxy/node`, and
   * let `acceptSockets` of `@coatcheck/bff/node` take what browsers ask for.
   */
  readonly connectSocket?: ConnectSocket;
  /** Remembers what became of spent refresh tokens; `bff.close()` closes it. */
  readonly ledger: Ledger;
  /** Lets go of kept-alive connections; called last by `bff.close()`. */
  readonly close?: () => void;
  /**
   * Counts what each client does. Default: in this process's memory; `createRedisRateLimit()` of `@coatcheck/bff/redis`
   * counts for all instances together.
   */
  readonly rateLimit?: RateLimit;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Milliseconds from an arbitrary start; never goes back. */
  readonly monotonicMs: () => number;
  /** Cryptographically strong. */
  readonly randomBytes: (count: number) => Uint8Array<ArrayBuffer>;
  /** Default: the platform's. */
  readonly setTimeout?: (run: () => void, ms: number) => unknown;
  readonly clearTimeout?: (handle: unknown) => void;
  /** One structured line an event. Default: nothing is written. */
  readonly log?: Log;
  /**
   * Name of the request header in which the platform itself writes the client's address, lower case: `cf-connecting-ip` on
   * Cloudflare. Only where nobody else can write it. Default: Node, Bun and Deno tell it without.
   */
  readonly addressHeader?: string;
  /** A file of the page is at this path: a navigation there gets the file, so that nobody is sent back there. Default: none. */
  readonly isFile?: (path: string) => boolean;
  /** Counts calls and refreshes. */
  readonly observer?: Observer;
  /** Draws what requests do. Default: nobody does. */
  readonly tracing?: Tracing;
  /**
   * Decides about a sign-in that the provider has finished: lets the person in, with other claims for the page if it likes, or
   * refuses. The person waits for it, 10 s at most; where it throws or takes longer, they are not let in (`internal_error`).
   */
  readonly onSignIn?: OnSignIn;
  /**
   * Chooses the provider of a sign-in that names none, where there are several: by the e-mail address in `login_hint`, for
   * example. Where it names none either, throws, or takes longer than 10 s, `chooseProvider` decides.
   */
  readonly onChooseProvider?: OnChooseProvider;
  /** Told of each refresh that this process made, beside the request. What it throws is logged as `internal_error`. */
  readonly onRefresh?: OnRefresh;
  /**
   * Told of a session that is over, to let go of what belongs to it: sockets, caches, carts.
   *
   * Called once by each process that ends a session: by sign-out, by signing in again (`replaced`; `signed_out` where
   * another person did), or since the provider ended the grant. A passed deadline and a back-channel logout end sessions
   * without a process that could say so: each process that is shown such a cookie afterwards, or has a stream or a WebSocket
   * of the session open, calls it once (`idle_timeout`, `absolute_timeout`, `revoked`), and of any other nobody is told. So two
   * processes may tell of one session, and none after a crash: let it be idempotent, and let nothing depend on it alone.
   *
   * No answer waits for it. What it throws is logged as `internal_error`; `drain` waits for what it began, 10 s at most.
   */
  readonly onSessionEnd?: OnSessionEnd;
}

/** What our own simulation puts in place of the real thing, to decide about time and randomness. */
export interface AssemblyPorts extends BffPorts {
  /** The authorization server's client. Default: made of the configuration's `provider` and `fetch`. */
  readonly provider?: Provider;
  /** What cookies are sealed with. Default: iron-session. */
  readonly sealer?: Sealer;
  /** Keyed arithmetic of cookies and fingerprints. Default: WebCrypto. */
  readonly mac?: Mac;
  /** What the ledger's contents are hidden with. Default: WebCrypto. */
  readonly successorCrypto?: SuccessorCrypto;
}
