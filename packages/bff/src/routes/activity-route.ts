import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { toSessionView } from "../session/session-view.ts";

/** `POST /bff/activity`: the person is still there. Moves the idle deadline when that is due. */
export function createActivityRoute({ keeper, fingerprints, nowMs }: Parts): Route {
  return {
    methods: ["POST"],
    guard: "fetch",
    async handle(exchange) {
      const visit = await exchange.openSession();
      visit.extend();
      const { session, reason } = await visit.close();
      const facts = { nowMs: nowMs(), isProviderDown: keeper.isProviderDown(), reason };
      return { kind: "json", value: await toSessionView(session, facts, fingerprints) };
    },
  };
}
