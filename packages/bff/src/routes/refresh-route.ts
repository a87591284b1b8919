import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { toSessionView } from "../session/session-view.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";
import { noSession } from "../session/token-access.ts";
import type { TokenAccess } from "../session/token-access.ts";

/** `POST /bff/refresh`: a new access token now, whatever the old one's age. */
export function createRefreshRoute(parts: Parts, tokens: TokenAccess): Route {
  return {
    methods: ["POST"],
    guard: "fetch",
    async handle(exchange) {
      const signedIn = await requireSignedIn(exchange, parts.fingerprints);
      if (signedIn.kind === "denied") return signedIn.answer;
      const { visit } = signedIn.value;
      const token = await tokens.refreshNow(signedIn.value, exchange, "");
      if (token.kind === "denied") return token.answer;
      const closing = await visit.close();
      if (closing.session === undefined) return noSession({ ...visit, reason: closing.reason });
      return { kind: "json", value: await toSessionView(closing, parts) };
    },
  };
}
