import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Cancellation, ProxyError } from "@coatcheck/proxy";
import type { Hono } from "hono";
import type { NodeBindings } from "../hono/plain-http.ts";
import { sendAnswer, watchClient } from "./answer-directly.ts";

/**
 * An app whose answers with an API's body in them are written here, as the direct way writes them.
 *
 * Without this, `@hono/node-server` would print the error of a body that breaks off, with its stack, into standard error, and would
 * add `text/plain` to a body that has no type.
 */
export function passOnAnswers(
  app: Pick<Hono, "fetch">,
): (request: Request, env: object) => Response | Promise<Response> {
  // Touched once: where another copy has replaced the global `Response` before, the adapter would write this one, too.
  void RESPONSE_ALREADY_SENT.body;
  return (request, env) => {
    const answer = app.fetch(request, env);
    // No answer of an API is there at once.
    if (!(answer instanceof Promise)) return answer;
    return answer.then((response) => {
      if ((env as NodeBindings).hasApiBody !== true) return response;
      passOn(response, env as HttpBindings);
      return RESPONSE_ALREADY_SENT;
    });
  };
}

function passOn(response: Response, { incoming, outgoing }: HttpBindings): void {
  // First of all: only with it are the headers complete that a text brings along.
  const { body } = response;
  const gone = new Cancellation();
  function breakOff(error: unknown): void {
    const isKnown = error instanceof ProxyError || (error instanceof Error && error.name === "AbortError");
    // What middleware of the app did to the body; an API that broke off stands in the log already.
    if (!isKnown && !gone.aborted) process.emitWarning(error instanceof Error ? error : String(error));
    outgoing.destroy();
  }
  if (outgoing.destroyed) {
    body?.cancel().catch(() => undefined);
    return;
  }
  watchClient(outgoing, gone);
  try {
    const { status, headers } = response;
    sendAnswer({ status, headers: Array.from(headers), body }, incoming, outgoing, gone)?.catch(breakOff);
  } catch (error) {
    breakOff(error);
  }
}
