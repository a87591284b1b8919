import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { guardFetch } from "./fetch-guard.ts";
import { guardNavigation } from "./navigation-guard.ts";
import type { NavigationVerdict } from "./navigation-guard.ts";
import { guardSocket } from "./socket-guard.ts";

/**
 * Which requests a route lets pass. Every route names one: there is no default that a new one could slip through.
 *
 * - `fetch`: our own page's scripts only.
 * - `download`: the same, and GETs that our own page began without a script.
 * - `socket`: handshakes of our own page's WebSockets.
 * - `navigation`: top-level documents only; the route decides about those that another site began.
 */
export type GuardKind = "fetch" | "download" | "socket" | "navigation";

/** @param place the route's path or prefix, from configuration: fit for logs. */
export type GuardRequest = (request: BffRequest, kind: GuardKind, place: string) => NavigationVerdict;

/** Makes the guard: decides by headers alone, before anything is opened or anybody contacted, and logs what it refuses. */
export function createGuard({ settings, log }: Core): GuardRequest {
  const { publicOrigin } = settings;
  function judge({ plain, headers }: BffRequest, kind: GuardKind): NavigationVerdict {
    if (kind === "navigation") return guardNavigation(headers);
    if (kind === "socket") return guardSocket(headers, publicOrigin);
    return guardFetch({ method: plain.method, headers, publicOrigin, allowsDownloads: kind === "download" });
  }

  return (request, kind, place) => {
    const verdict = judge(request, kind);
    if (verdict.kind === "refused") {
      const { requestId, clientAddress } = request;
      log({
        level: "warn",
        event: "guard_refused",
        requestId,
        reason: verdict.reason,
        route: place,
        clientAddress,
      });
    }
    return verdict;
  };
}
