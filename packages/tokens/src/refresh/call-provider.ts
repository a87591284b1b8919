import { waitAtMost } from "../deadline.ts";
import { elapsedMs, momentOf, type Lease } from "./lease.ts";
import type { RefreshAnswer } from "./refresh-call.ts";
import type { RefreshOrder, RefreshTools } from "./refresh-order.ts";

export interface ProviderCall {
  readonly answer: RefreshAnswer;
  /** Nothing was sent since the lease had become too short: nobody's failure. */
  readonly wasHeldBack: boolean;
}

/**
 * Makes one token call, which ends by itself or after `tokenCallMs`, whatever becomes of the request behind it.
 *
 * @param onLateSuccess gets tokens that come after that: a success is recorded however late it is
 */
export async function callProvider(
  order: RefreshOrder & { readonly refreshToken: string },
  lease: Lease,
  tools: RefreshTools,
  onLateSuccess: (answer: Extract<RefreshAnswer, { kind: "success" }>) => void,
): Promise<ProviderCall> {
  const { policy, ports } = tools;
  const { session, resource, refreshToken } = order;
  const begunAt = momentOf(ports);
  let isAbandoned = false;
  let wasHeldBack = false;

  function maySend(): boolean {
    const leftMs = policy.tokenCallMs - elapsedMs(begunAt, ports);
    const may = !isAbandoned && leftMs > 0 && lease.remainingMs() >= leftMs;
    if (!may) wasHeldBack = true;
    return may;
  }

  async function call(): Promise<RefreshAnswer> {
    const { iss, sub, authTime } = session;
    const request = { refreshToken, resource, iss, sub, maySend };
    try {
      return await tools.refresh(authTime === undefined ? request : { ...request, authTime });
    } catch (error) {
      // What failed is unknown, so the provider may have rotated. The name only: a message may quote the request.
      return { kind: "ambiguous", reason: error instanceof Error ? error.name : "unknown error" };
    }
  }

  const answered = call();
  const timed = await waitAtMost(answered, policy.tokenCallMs, ports);
  if (timed.kind === "answer") {
    return { answer: timed.value, wasHeldBack: wasHeldBack && timed.value.kind === "unsent" };
  }
  isAbandoned = true;
  tools.track(
    answered.then((late) => {
      if (late.kind === "success") onLateSuccess(late);
    }),
  );
  return { answer: { kind: "ambiguous", reason: "no answer in time" }, wasHeldBack: false };
}
