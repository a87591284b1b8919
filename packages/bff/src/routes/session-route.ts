import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { toSessionView } from "../session/session-view.ts";

/** `GET /bff/session`: who is signed in. Always 200; never extends the session. */
export function createSessionRoute(parts: Parts): Route {
  return {
    methods: ["GET"],
    guard: "fetch",
    async handle(exchange) {
      return { kind: "json", value: await toSessionView(await exchange.openSession(), parts) };
    },
  };
}
