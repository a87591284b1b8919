import { waitAtMost } from "../deadline.ts";
import { isPastLimit } from "../grant/grant.ts";
import { REQUEST_WAIT_MS } from "../refresh/claim-generation.ts";
import type { RefreshParts, RefreshTask } from "../refresh/refresh-task.ts";
import type { Refreshes } from "../refresh/refreshes.ts";
import type { TokenKeeper } from "./token-keeper.ts";

/**
 * See `TokenKeeper.judgeLimit`: by a claim, as a refresh would, so that a refresh under way or a newer grant, of which the cookie
 * doesn't know, isn't overlooked.
 */
export function createJudgeLimit(
  refreshes: Refreshes,
  { ports }: Pick<RefreshParts, "ports">,
): TokenKeeper["judgeLimit"] {
  return async function judgeLimit(session) {
    for (let tip = session.grant; ;) {
      const { refreshExpiresAt } = tip;
      const live = { kind: "live", ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt }) } as const;
      if (!isPastLimit(tip, ports.nowMs())) return live;
      const task: RefreshTask = {
        session,
        tip,
        resource: "",
        mode: "window",
        trigger: "implicit",
        mayRepeatAmbiguous: true,
      };
      const refresh = refreshes.find(session.sid, tip) ?? refreshes.start(task);
      const timed = await waitAtMost(refresh.result, REQUEST_WAIT_MS, ports);
      if (timed.kind === "timeout") return { kind: "unknown" };
      const result = timed.value;
      if (result.kind === "ended") return result;
      // Newer grants are gone, and another cookie may hold one: whoever wants a token is told so.
      if (result.kind === "stale") return live;
      if (result.kind !== "advanced") return { kind: "unknown" };
      tip = result.grant;
    }
  };
}
