import type { Dpop, DpopKey } from "@coatcheck/oauth";
import type { AccessCredential, ForwardOutcome } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "../config/bff-settings.ts";

/** An access token, with what it is bound to, if anything. */
export interface IssuedToken {
  readonly token: string;
  readonly dpopKey?: DpopKey;
}

/** What goes to an API beside a token that is bound to a key. */
export interface BoundCalls {
  /** `undefined`: the API wants a bound token, and this one isn't. */
  credentialOf(issued: IssuedToken, api: Pick<ApiRouteSettings, "tokenProof">): AccessCredential | undefined;
  /**
   * Makes a call, and again while the API asks for another nonce: it has done nothing then, whatever the method.
   *
   * @param canRepeat its body is kept
   */
  send(
    attempt: () => Promise<ForwardOutcome>,
    api: Pick<ApiRouteSettings, "target">,
    canRepeat: boolean,
  ): Promise<ForwardOutcome>;
}

const UNSETTLED: ForwardOutcome = { kind: "failed", code: "upstream_failed", reason: "dpop_nonce_unsettled" };

/** @param dpop absent where the provider's client knows nothing of it, so that no token is bound */
export function createBoundCalls(
  dpop: Pick<Dpop, "prove" | "noteNonce" | "withNonce"> | undefined,
): BoundCalls {
  return {
    credentialOf({ token, dpopKey: key }, { tokenProof }) {
      if (tokenProof === "bearer") return token;
      // That is shown by the connection.
      if (tokenProof === "certificate") return key === undefined ? token : undefined;
      if (key === undefined || dpop === undefined) return tokenProof === "dpop" ? undefined : token;
      return { token, prove: (method, url) => dpop.prove({ key, method, url, accessToken: token }) };
    },
    async send(attempt, { target }, canRepeat) {
      if (dpop === undefined) return attempt();
      const { origin } = target;
      let last: ForwardOutcome | undefined;
      async function attemptOnce(): Promise<ForwardOutcome> {
        if (last?.kind === "answered") last.discard();
        last = await attempt();
        if (last.kind === "answered") dpop?.noteNonce(origin, last.dpopNonce);
        return last;
      }
      const outcome = canRepeat
        ? await dpop.withNonce(attemptOnce, (answer) => (isNonceWanted(answer) ? origin : undefined))
        : await attemptOnce();
      if (!isNonceWanted(outcome)) return outcome;
      // The page could do nothing with the API's own answer. Its next call has the nonce.
      if (outcome.kind === "answered") outcome.discard();
      return UNSETTLED;
    },
  };
}

/** @see RFC 9449 section 9 */
function isNonceWanted(outcome: ForwardOutcome): boolean {
  return (
    outcome.kind === "answered" &&
    outcome.response.status === 401 &&
    outcome.challenge?.error === "use_dpop_nonce" &&
    outcome.dpopNonce !== undefined
  );
}
