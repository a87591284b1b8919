import { BFF_PATHS, logoutRequestSchema } from "@coatcheck/contract";
import type { LogoutResult } from "@coatcheck/contract";
import type { Parts } from "../parts.ts";
import { problem } from "../request/answer.ts";
import { cookieHeader } from "../request/header-index.ts";
import type { Route } from "../route.ts";
import { sessionRef } from "../session/session-value.ts";
import { readOwnBody } from "./own-body.ts";

/**
 * `POST /bff/logout`: ends every session that the request carries, in the ledger first; removes every cookie of ours.
 *
 * `{ provider: true }` keeps what the navigation to `/bff/logout/provider` needs.
 */
export function createLogoutRoute(parts: Parts): Route {
  const { sessions, ender, log } = parts;
  return {
    methods: ["POST"],
    guard: "fetch",
    async handle(exchange) {
      const asked = await readOwnBody(exchange, (json) => logoutRequestSchema.safeParse(json).data);
      if (asked.kind === "denied") return asked.answer;

      const opened = await sessions.open(cookieHeader(exchange.headers));
      const ended = await Promise.all(
        opened.sessions.map(({ value }) =>
          ender.end(sessionRef(value, exchange.arrivedAt), "signed_out", exchange),
        ),
      );
      const failed = ended.find((outcome) => outcome.kind === "unavailable");
      // Without the tombstone a cookie that was copied would live on: the person is told, and keeps theirs to try again.
      if (failed !== undefined)
        return problem({ code: failed.code, retryAfterSeconds: failed.retryAfterSeconds });
      for (const outcome of ended) if (outcome.kind === "ended") outcome.revoke();

      const toProvider = asked.value.provider === true;
      log({
        level: "info",
        event: "sign_out",
        requestId: exchange.requestId,
        sessions: ended.length,
        toProvider,
        ...(exchange.clientAddress === undefined ? {} : { clientAddress: exchange.clientAddress }),
      });
      const hint = await sessions.openLogoutHint(cookieHeader(exchange.headers));
      const isHintKept = toProvider && hint !== undefined;
      const others = sessions
        .expire(opened.shown)
        .filter((value) => !sessions.expireLogoutHint().includes(value));
      const next = isHintKept ? BFF_PATHS.logoutProvider : "/";
      return {
        kind: "json",
        value: { next } satisfies LogoutResult,
        headers: [["clear-site-data", '"cache"']],
        setCookie: isHintKept ? others : [...others, ...sessions.expireLogoutHint()],
      };
    },
  };
}
