import { parseTarget } from "@coatcheck/proxy";
import type { ConnectSocket, Forward, HeaderList, PlainRequest, UpstreamSocket } from "@coatcheck/proxy";
import type { ApiRouteSettings, SocketSettings } from "../config/bff-settings.ts";
import { logInternalError } from "../observe/log-lines.ts";
import { noteOverload } from "../observe/note-overload.ts";
import type { Core, RequestWay } from "../parts.ts";
import type { BffRequest, Peer } from "../request/bff-request.ts";
import type { BffResponse } from "../response/bff-response.ts";
import type { FinishFacts } from "../response/finish-response.ts";
import { renderProblem } from "../response/render-problem.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import type { OpenSockets, SocketPlace } from "../session/open-sockets.ts";
import { requireSignedIn } from "../session/require-signed-in.ts";
import type { ForwardCall } from "./forward-call.ts";

/** What becomes of a handshake. */
export type SocketAnswer =
  | { readonly kind: "refused"; readonly response: BffResponse }
  /** The API has taken it: whoever completes the browser's handshake relays between both, and leaves the place afterwards. */
  | {
      readonly kind: "open";
      /** Go with the 101 answer. */
      readonly headers: HeaderList;
      readonly upstream: UpstreamSocket;
      readonly place: SocketPlace;
      readonly settings: SocketSettings;
    };

/** Answers the handshake of a WebSocket, over plain values. Never rejects. @see S-081 */
export type AnswerSocket = (plain: PlainRequest, peer: Peer) => Promise<SocketAnswer>;

const NOT_OFFERED: ProblemAnswer = { code: "bad_request", detail: "There is no WebSocket here." };

/** @param connect absent where the runtime's adapter can't relay WebSockets */
export function createAnswerSocket(
  parts: Core & { readonly sockets: OpenSockets },
  { admit, guard, openSession }: RequestWay,
  forwardCall: ForwardCall,
  connect: ConnectSocket | undefined,
): AnswerSocket {
  function refuse(problem: ProblemAnswer, facts: FinishFacts): SocketAnswer {
    return {
      kind: "refused",
      response: parts.finish(renderProblem(problem, facts.requestId), "data", facts),
    };
  }

  async function open(
    request: BffRequest,
    api: ApiRouteSettings,
    settings: SocketSettings,
    connectSocket: ConnectSocket,
  ): Promise<SocketAnswer> {
    const { requestId } = request;
    const session = await openSession(request);
    const closed = async (): Promise<FinishFacts> => ({
      requestId,
      setCookie: (await session.close()).setCookie,
    });
    const who = await requireSignedIn(session, request, parts.fingerprints);
    if (who.kind === "denied") return refuse(who.problem, await closed());
    const place = parts.sockets.enter(who.value.value, api.target.prefix);
    if (place === undefined) {
      noteOverload(parts, { requestId, route: api.target.prefix, limit: "sockets" });
      return refuse({ code: "overloaded", retryAfterSeconds: 5 }, await closed());
    }
    let upstream: UpstreamSocket | undefined;
    const forward: Forward = async (...call) => {
      const outcome = await connectSocket(...call);
      upstream = outcome.socket;
      return outcome;
    };
    let isOpen = false;
    try {
      const answer = await forwardCall(request, api, session, forward);
      const facts = await closed();
      if (answer.kind === "denied") return refuse(answer.problem, facts);
      const response = parts.finish(answer.response, "api", facts);
      if (upstream === undefined) return { kind: "refused", response };
      isOpen = true;
      return { kind: "open", headers: response.headers, upstream, place, settings };
    } finally {
      if (!isOpen) place.leave();
    }
  }

  async function answer(request: BffRequest): Promise<SocketAnswer> {
    const { requestId, path } = request;
    const api = parts.findApiRoute(path);
    if (api === undefined) return refuse({ code: "unknown_route" }, { requestId });
    if (request.plain.method !== "GET")
      return refuse({ code: "method_not_allowed", allow: ["GET"] }, { requestId });
    if (guard(request, "socket", api.target.prefix).kind === "refused")
      return refuse({ code: "guard_refused" }, { requestId });
    if (api.socket === undefined || connect === undefined) return refuse(NOT_OFFERED, { requestId });
    const startedAt = parts.monotonicMs();
    const answered = await open(request, api, api.socket, connect);
    parts.observer.call({
      method: "GET",
      route: api.target.prefix,
      status: answered.kind === "open" ? 101 : answered.response.status,
      durationMs: Math.round(parts.monotonicMs() - startedAt),
    });
    return answered;
  }

  return async (plain, peer) => {
    const admission = admit(plain, parseTarget(plain.rawTarget), peer);
    if (admission.kind === "refused") return refuse(admission.problem, admission);
    const { request } = admission;
    const { requestId } = request;
    try {
      return await answer(request);
    } catch (error) {
      logInternalError(parts.log, error, { requestId, during: "handle" });
      return refuse({ code: "internal" }, { requestId });
    }
  };
}
