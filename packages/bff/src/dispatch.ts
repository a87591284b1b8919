import type { ProblemCode } from "@coatcheck/contract";
import { parseTarget } from "@coatcheck/proxy";
import type { HeaderList, PlainRequest, PlainResponse } from "@coatcheck/proxy";
import type { BffSettings } from "./config/bff-settings.ts";
import { MAX_HEADER_BYTES, MAX_HEADER_COUNT, MAX_TARGET_BYTES } from "./request/limits.ts";
import { guardFetch } from "./guard/fetch-guard.ts";
import { guardNavigation } from "./guard/navigation-guard.ts";
import type { Log } from "./observe/log.ts";
import { clientAddress } from "./request/client-address.ts";
import { isPublicHost } from "./request/public-host.ts";
import { problem } from "./request/answer.ts";
import type { Answer } from "./request/answer.ts";
import type { Exchange } from "./request/exchange.ts";
import { cookieHeader, indexHeaders } from "./request/header-index.ts";
import type { HeaderIndex } from "./request/header-index.ts";
import { createRenderAnswer } from "./render-answer.ts";
import type { Route } from "./route.ts";
import type { RouteTable } from "./route-table.ts";
import type { SessionDesk } from "./session/session-desk.ts";
import type { Visit } from "./session/visit.ts";

/** Who is at the other end of the connection. */
export interface Peer {
  readonly remoteAddress?: string;
}

/** Answers one request, whatever it is; never rejects. */
export type Handle = (request: PlainRequest, peer: Peer) => Promise<PlainResponse>;

export interface DispatchParts {
  readonly settings: BffSettings;
  readonly routes: RouteTable;
  readonly desk: SessionDesk;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly newRequestId: () => string;
}

/**
 * The straight line of a request: read, match, guard, act, close the session, render.
 *
 * Nothing is opened and nobody contacted before the guard has passed; the session is closed also after a failure.
 */
export function createDispatch(parts: DispatchParts): Handle {
  const { settings, log } = parts;
  const renderAnswer = createRenderAnswer(settings.publicOrigin);

  return async (request, peer) => {
    const requestId = parts.newRequestId();
    let visit: Promise<Visit> | undefined;
    let isNavigation = false;
    let answer: Answer;
    try {
      const headers = indexHeaders(request.headers);
      const caller = clientAddress(peer.remoteAddress, headers, settings.trustedProxies);
      const found = admit(request, headers);
      isNavigation = found.kind === "route" && found.route.guard === "navigation";
      if (found.kind === "refused") {
        answer = found.answer;
        if (found.reason !== undefined) note(found, requestId, caller);
      } else {
        const exchange: Exchange = {
          request,
          headers,
          path: found.path,
          rawQuery: found.query,
          requestId,
          clientAddress: caller,
          arrivedAt: parts.nowMs(),
          openSession() {
            visit ??= parts.desk.open({
              cookieHeader: cookieHeader(headers),
              arrivedAt: exchange.arrivedAt,
              requestId,
            });
            return visit;
          },
        };
        answer = await found.route.handle(exchange);
      }
    } catch (error) {
      logInternal(requestId, "handle", error);
      answer = isNavigation
        ? { kind: "page", page: "internal", retryHref: "/" }
        : problem({ code: "internal" });
    }
    const setCookie = await closeVisit(visit, requestId);
    return renderAnswer(answer, { requestId, setCookie });
  };

  function admit(request: PlainRequest, headers: HeaderIndex): Admission {
    if (request.rawTarget.length > MAX_TARGET_BYTES) return refused("uri_too_long");
    if (isTooLarge(request.headers)) return refused("headers_too_large");
    const target = parseTarget(request.rawTarget);
    if (target.kind === "refused") return refused(target.code);
    const match = parts.routes.find(target.path);
    if (match?.route.acceptsAnyHost !== true && !isPublicHost(headers.get("host"), settings.publicOrigin)) {
      return { ...refused("bad_request"), reason: "host", event: "host_refused", place: match?.place };
    }
    // Here and not where it is forwarded: nothing may be opened or renewed for a path that isn't taken.
    if (target.hasEncodedSlash && match?.route.allowsEncodedSlashes !== true)
      return refused("ambiguous_path");
    if (match === undefined) return refused("unknown_route");
    const { route, place } = match;
    if (!route.methods.includes(request.method)) {
      return { kind: "refused", answer: problem({ code: "method_not_allowed", allow: route.methods }) };
    }
    const verdict = guard(route, request.method, headers);
    if (verdict !== undefined)
      return { ...refused("guard_refused"), reason: verdict, event: "guard_refused", place };
    return { kind: "route", route, path: target.path, query: target.query.slice(1) };
  }

  function guard(route: Route, method: string, headers: HeaderIndex): string | undefined {
    if (route.guard === "open") return undefined;
    if (route.guard === "navigation") {
      const verdict = guardNavigation(headers);
      return verdict.kind === "refused" ? verdict.reason : undefined;
    }
    const { publicOrigin } = settings;
    const verdict = guardFetch({
      method,
      headers,
      publicOrigin,
      allowsDownloads: route.guard === "download",
    });
    return verdict.kind === "refused" ? verdict.reason : undefined;
  }

  function note(found: RefusedAdmission, requestId: string, caller: string | undefined): void {
    log({
      level: "warn",
      event: found.event ?? "guard_refused",
      requestId,
      ...(found.reason === undefined ? {} : { reason: found.reason }),
      ...(found.place === undefined ? {} : { route: found.place }),
      ...(caller === undefined ? {} : { clientAddress: caller }),
    });
  }

  async function closeVisit(
    visit: Promise<Visit> | undefined,
    requestId: string,
  ): Promise<readonly string[]> {
    if (visit === undefined) return [];
    try {
      return (await (await visit).close()).setCookie;
    } catch (error) {
      // The ledger has what this request led: the cookie that stays behind is healed by it.
      logInternal(requestId, "close", error);
      return [];
    }
  }

  function logInternal(requestId: string, during: string, error: unknown): void {
    // Names of error classes only: a message may hold anything (S-135).
    const kind = error instanceof Error ? error.name : typeof error;
    const where =
      error instanceof Error
        ? (error.stack?.split("\n").find((line) => line.trim().startsWith("at ")) ?? "")
        : "";
    log({ level: "error", event: "internal_error", requestId, during, kind, where: where.trim() });
  }
}

interface RefusedAdmission {
  readonly kind: "refused";
  readonly answer: Answer;
  readonly reason?: string;
  readonly event?: "host_refused" | "guard_refused";
  readonly place?: string | undefined;
}

type Admission =
  | RefusedAdmission
  | { readonly kind: "route"; readonly route: Route; readonly path: string; readonly query: string };

function refused(code: ProblemCode): RefusedAdmission {
  return { kind: "refused", answer: problem({ code }) };
}

function isTooLarge(headers: HeaderList): boolean {
  if (headers.length > MAX_HEADER_COUNT) return true;
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return bytes > MAX_HEADER_BYTES;
}
