import { logInternalError } from "../observe/log-lines.ts";
import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { BffResponse } from "../response/bff-response.ts";
import { renderProblem } from "../response/render-problem.ts";
import type { OpenRequestSession } from "./open-request-session.ts";
import { SESSION_UNKNOWN } from "./require-signed-in.ts";
import { toSessionView } from "./session-view.ts";

/** Answers who is signed in, or why nobody is; the guard has let the request pass. Never rejects. */
export type ViewSession = (request: BffRequest) => Promise<BffResponse>;

/** @param extensions names of what was loaded beside the BFF itself */
export function createViewSession(
  core: Core,
  openSession: OpenRequestSession,
  extensions: readonly string[],
): ViewSession {
  const parts = { ...core, extensions };

  async function view(request: BffRequest): Promise<BffResponse> {
    const session = await openSession(request);
    const response = session.isUnknown
      ? renderProblem(SESSION_UNKNOWN, request.requestId)
      : renderView(JSON.stringify(await toSessionView(session, parts)));
    const { setCookie } = await session.close();
    return core.finish(response, "data", { requestId: request.requestId, setCookie });
  }

  return async (request) => {
    try {
      return await view(request);
    } catch (error) {
      const { requestId } = request;
      logInternalError(core.log, error, { requestId, during: "handle" });
      return core.finish(renderProblem({ code: "internal" }, requestId), "data", { requestId });
    }
  };
}

function renderView(body: string): BffResponse {
  const headers = [["content-type", "application/json"] as const, ["cache-control", "no-store"] as const];
  return { status: 200, headers, body };
}
