import { waitAtMost } from "../deadline.ts";
import type { Lease } from "./lease.ts";
import type { RefreshAnswer, RefreshRequest } from "./refresh-call.ts";
import type { RefreshParts, RefreshTask } from "./refresh-task.ts";

export interface TokenCallEnd {
  readonly answer: RefreshAnswer;
  /** Nothing was sent since the lease had become too short: nobody's failure. */
  readonly wasHeldBack: boolean;
}

export type RefreshSuccess = Extract<RefreshAnswer, { readonly kind: "success" }>;

/**
 * Makes one token call, which ends by itself or at its time-out, whatever becomes of the request behind it.
 *
 * @param onLateSuccess gets tokens that come after that: a success is recorded however late it is
 */
export async function makeTokenCall(
  { session, resource }: RefreshTask,
  refreshToken: string,
  lease: Lease,
  { policy, ports, refresh, track }: Pick<RefreshParts, "policy" | "ports" | "refresh" | "track">,
  onLateSuccess: (answer: RefreshSuccess) => void,
): Promise<TokenCallEnd> {
  const { tokenTimeoutMs } = policy;
  const sent: { at?: number } = {};
  let isAbandoned = false;
  let wasHeldBack = false;

  function maySend(): boolean {
    const may = !isAbandoned && lease.remainingMs() >= tokenTimeoutMs;
    if (may) sent.at = ports.monotonicMs();
    else wasHeldBack = true;
    return may;
  }

  async function call(): Promise<RefreshAnswer> {
    const { iss, sub, authTime, dpopKey } = session;
    const asked = { refreshToken, resource, iss, sub, maySend };
    const request: RefreshRequest = {
      ...asked,
      ...(authTime === undefined ? {} : { authTime }),
      ...(dpopKey === undefined ? {} : { dpopKey }),
    };
    try {
      return await refresh(request);
    } catch (error) {
      // What failed is unknown, so the provider may have rotated. The name only: a message may quote the request.
      return { kind: "ambiguous", reason: error instanceof Error ? error.name : "unknown error" };
    }
  }

  const answered = call();
  let timed = await waitAtMost(answered, tokenTimeoutMs, ports);
  if (timed.kind === "timeout" && sent.at !== undefined) {
    // What came before sending (metadata, a slow connection) is not part of the call's own time. Without this, the refresh
    // token could be sent again while this call is under way.
    timed = await waitAtMost(answered, sent.at + tokenTimeoutMs - ports.monotonicMs(), ports);
  }
  if (timed.kind === "answer") {
    return { answer: timed.value, wasHeldBack: wasHeldBack && timed.value.kind === "unsent" };
  }
  isAbandoned = true;
  track(
    answered.then((late) => {
      if (late.kind === "success") onLateSuccess(late);
    }),
  );
  return { answer: { kind: "ambiguous", reason: "no answer in time" }, wasHeldBack: false };
}
