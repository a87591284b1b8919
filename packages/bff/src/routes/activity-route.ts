import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { toSessionView } from "../session/session-view.ts";

/** `POST /bff/activity`: the person is still there. Moves the idle deadline when that is due. */
export function createActivityRoute(parts: Parts): Route {
  return {
    methods: ["POST"],
    guard: "fetch",
    async handle(exchange) {
      const visit = await exchange.openSession();
      visit.extend();
      return { kind: "json", value: await toSessionView(await visit.close(), parts) };
    },
  };
}
