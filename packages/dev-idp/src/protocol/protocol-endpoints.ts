import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import type { CounterName, Counters } from "../control/counters.ts";
import type { FaultBoard, Verdict } from "../control/fault-board.ts";
import type { MemoryStore } from "../memory-store.ts";
import { replayRequest } from "./replayed-request.ts";
import { readRequestBody } from "../request-body.ts";
import { describeRequest, type ProtocolRequest } from "./request-subject.ts";
import { createKeyedQueue } from "./keyed-queue.ts";

export interface ProtocolEndpointsParts {
  readonly provider: Provider;
  readonly store: MemoryStore;
  readonly counters: Counters;
  readonly faults: FaultBoard;
  /** `false`: a refresh's answer holds no refresh token. */
  readonly refreshTokenInRefreshes: boolean;
}

const MAX_BODY_BYTES = 56 * 1024;

const COUNTER_BY_ENDPOINT: Readonly<Partial<Record<ProtocolRequest["endpoint"], CounterName>>> = {
  token: "tokenCalls",
  userinfo: "userinfoCalls",
  introspection: "introspectionCalls",
  revocation: "revocations",
};

const COUNTER_BY_GRANT: ReadonlyMap<string | undefined, CounterName> = new Map([
  ["authorization_code", "codeExchanges"],
  ["refresh_token", "refreshes"],
]);

/** Answers what machines call: counts, lets faults strike, and hands the rest to oidc-provider. */
export function createProtocolEndpoints(
  parts: ProtocolEndpointsParts,
): (
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: ProtocolRequest["endpoint"],
) => Promise<void> {
  const { provider, store, counters, faults } = parts;
  const queue = createKeyedQueue();
  const inProgress = new WeakMap<
    IncomingMessage,
    { readonly about: ProtocolRequest; processed(status: number): void }
  >();
  provider.use(async (ctx, next) => {
    const progress = inProgress.get(ctx.req);
    await next();
    if (progress === undefined) return;
    progress.processed(ctx.status);
    const { refreshToken, accountId } = progress.about;
    if (refreshToken !== undefined && isNonceChallenge(ctx.body)) counters.add("nonceChallenges", accountId);
    if (refreshToken !== undefined && ctx.status === 200 && !parts.refreshTokenInRefreshes) {
      const { refresh_token: _kept, ...rest } = ctx.body as Record<string, unknown>;
      ctx.body = rest;
    }
    const verdict = await faults.strike(progress.about, "after");
    if (verdict.kind === "pass") return;
    if (verdict.kind === "reset") {
      ctx.respond = false;
      ctx.req.socket.resetAndDestroy();
      return;
    }
    ctx.status = verdict.status;
    ctx.set(verdict.headers as Record<string, string>);
    ctx.body = verdict.body;
    ctx.type = verdict.contentType;
  });
  // Only now: what is used after this line, the callback would not know.
  const callback = provider.callback();

  function count(about: ProtocolRequest): void {
    const byEndpoint = COUNTER_BY_ENDPOINT[about.endpoint];
    if (byEndpoint !== undefined) counters.add(byEndpoint, about.accountId);
    const byGrant = about.endpoint === "token" ? COUNTER_BY_GRANT.get(about.grant) : undefined;
    if (byGrant !== undefined) counters.add(byGrant, about.accountId);
  }

  return async (request, response, endpoint) => {
    const body = await readRequestBody(request, MAX_BODY_BYTES);
    if (body === undefined) {
      response.writeHead(413).end();
      return;
    }
    const about = describeRequest(endpoint, request, body, store);
    count(about);
    if (about.refreshToken !== undefined) {
      response.once("close", () => {
        counters.add(response.writableFinished ? "refreshesAnswered" : "refreshesCutOff", about.accountId);
      });
    }
    const verdict = await faults.strike(about, "before");
    if (verdict.kind !== "pass") {
      giveUp(request, response, verdict);
      return;
    }
    const release = about.refreshToken === undefined ? undefined : await queue.enter(about.refreshToken);
    const replayed = replayRequest(request, body);
    try {
      inProgress.set(replayed, {
        about,
        processed(status) {
          release?.();
          if (about.refreshToken !== undefined && status === 200) {
            counters.add("refreshSuccesses", about.accountId);
          }
        },
      });
      await callback(replayed, response);
    } finally {
      release?.();
    }
  };
}

function isNonceChallenge(body: unknown): boolean {
  return typeof body === "object" && body !== null && "error" in body && body.error === "use_dpop_nonce";
}

function giveUp(
  request: IncomingMessage,
  response: ServerResponse,
  verdict: Exclude<Verdict, { kind: "pass" }>,
): void {
  if (verdict.kind === "reset") {
    request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(verdict.status, { ...verdict.headers, "content-type": verdict.contentType });
  response.end(verdict.body);
}
