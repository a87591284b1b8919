import { stoodStillMs } from "./facts.ts";
import type { Facts, RequestFacts, SessionFacts } from "./facts.ts";
import { CLOCKS_MS } from "./invariants.ts";
import type { SimProcess } from "./sim-process.ts";
import type { MintedToken } from "./sim-provider.ts";

/** So long may a store that doesn't answer hold up what came of a token call. */
const RECORDING_MS = 5_000;

/** A token never crosses sessions, persons or resources, and is alive where it is used. */

export interface TokenUse {
  readonly process: SimProcess;
  readonly resource: string;
  readonly token: MintedToken | undefined;
  /** Where it is known for whom it is used. */
  readonly person?: string;
  readonly request?: RequestFacts;
}

export function mayBeUsed(facts: Facts, use: TokenUse, now: number): string | undefined {
  const { token, request } = use;
  if (token === undefined) return "an access token was used that nobody issued";
  if (token.resource !== use.resource) {
    return `an access token for "${token.resource}" was used for "${use.resource}"`;
  }
  if (use.person !== undefined && token.chain.grant.person !== use.person)
    return "a token of another person was used";
  if (request !== undefined) {
    if (!request.shown.some(({ session }) => session.chain === token.chain))
      return "a token of another session was used";
    if (request.pageOf !== undefined && request.pageOf !== token.chain.grant.person) {
      return "a page of one person acted as another";
    }
  }
  const mintedAt = token.expiresAt - facts.settings.accessTokenSeconds * 1_000;
  const wasAsleep = stoodStillMs(use.process, mintedAt, now) > 0;
  // It had expired on its way here. Only the API can say so: the provider may have counted from its answer.
  const cameLate = [...facts.tokenCalls.values()]
    .flat()
    .some(
      ({ resource, sentAt, answeredAt }) =>
        resource === token.resource &&
        sentAt <= mintedAt &&
        answeredAt !== undefined &&
        answeredAt > token.expiresAt &&
        now - answeredAt < CLOCKS_MS + RECORDING_MS,
    );
  if (token.expiresAt + CLOCKS_MS < now && !wasAsleep && !cameLate)
    return `an access token was used ${now - token.expiresAt} ms after its end`;
  return undefined;
}

export function mayBeCarried(
  request: RequestFacts,
  session: SessionFacts,
  generation: number,
): string | undefined {
  if (session.browser !== request.browser)
    return "a response carried the cookie of another browser's session";
  const shown = request.shown.find((entry) => entry.session === session);
  if (request.route === "callback") return undefined;
  if (shown === undefined) return "a response carried a session that the request didn't show";
  if (generation < shown.generation) return "a response carried an older generation than the request showed";
  return undefined;
}
