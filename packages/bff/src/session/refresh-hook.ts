import type { TokensEvent } from "@coatcheck/tokens";
import type { Core } from "../parts.ts";
import { runHook } from "./run-hook.ts";

/** What `BffPorts.onRefresh` gets. */
export interface SessionRefreshed {
  /** Hash of the session id, as it stands in the log; never the id itself. */
  readonly session: string;
  /** Resource indicator that the new access token is for; `""`: the provider's own. */
  readonly resource: string;
  /** How often the session was refreshed, this time included. */
  readonly generation: number;
}

export type OnRefresh = (refreshed: SessionRefreshed) => void | Promise<void>;

/** Calls the embedder's hook for each refresh that this process led. */
export function createRefreshHook(
  hook: OnRefresh,
  parts: Pick<Core, "background" | "log" | "startTimer">,
): (event: TokensEvent) => void {
  return (event) => {
    if (event.kind !== "refresh" || !["led", "window"].includes(event.outcome)) return;
    const { session, resource, generation } = event;
    parts.background.run(
      async () =>
        void (await runHook(() => hook({ session, resource, generation }), "on_refresh", session, parts)),
    );
  };
}
