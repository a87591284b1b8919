import { expireRequestSchema } from "@coatcheck/contract";
import type { Grant } from "@coatcheck/tokens";
import type { Parts } from "../parts.ts";
import { problem } from "../request/answer.ts";
import type { Route } from "../route.ts";
import { readOwnBody } from "../routes/own-body.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";

/**
 * `POST /bff/demo/expire`: marks this session's access tokens expired, in the cookie. The next call refreshes by itself.
 *
 * Body `{ resource? }`: only that one's.
 */
export function createExpireRoute({ fingerprints, sessions, nowMs }: Parts): Route {
  return {
    methods: ["POST"],
    guard: "fetch",
    async handle(exchange) {
      const asked = await readOwnBody(exchange, (json) => expireRequestSchema.safeParse(json).data);
      if (asked.kind === "denied") return asked.answer;
      const signedIn = await requireSignedIn(exchange, fingerprints);
      if (signedIn.kind === "denied") return signedIn.answer;
      const { session } = signedIn.value.visit;
      if (session === undefined) return problem({ code: "no_session", reason: signedIn.value.visit.reason });
      const sealed = await sessions.seal({
        ...session,
        grant: expire(session.grant, asked.value.resource, nowMs()),
      });
      if (sealed.kind === "too_large") return problem({ code: "internal" });
      return { kind: "json", value: { generation: session.grant.generation }, setCookie: sealed.setCookie };
    },
  };
}

function expire(grant: Grant, resource: string | undefined, nowMs: number): Grant {
  const tokens = Object.entries(grant.accessTokens).map(([name, token]) => {
    const isMeant = resource === undefined || resource === name;
    return [
      name,
      isMeant ? { ...token, expiresAt: Math.min(token.expiresAt, nowMs - 1_000) } : token,
    ] as const;
  });
  return { ...grant, accessTokens: Object.fromEntries(tokens) };
}
