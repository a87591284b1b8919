import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { toSessionView } from "../session/session-view.ts";

/** `GET /bff/session`: who is signed in. Always 200; never extends the session. */
export function createSessionRoute({ keeper, fingerprints, nowMs }: Parts): Route {
  return {
    methods: ["GET"],
    guard: "fetch",
    async handle(exchange) {
      const visit = await exchange.openSession();
      const facts = { nowMs: nowMs(), isProviderDown: keeper.isProviderDown(), reason: visit.reason };
      return { kind: "json", value: await toSessionView(visit.session, facts, fingerprints) };
    },
  };
}
