/**
 * How long a server keeps a connection that nobody uses, in milliseconds: longer than the 60 s of common load balancers. Who closes
 * first loses a request that is under way, and the load balancer answers 502 for it.
 *
 * For a server of one's own: `createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, listener)`; Node's own is 5 s.
 */
export const KEEP_ALIVE_TIMEOUT_MS = 75_000;
