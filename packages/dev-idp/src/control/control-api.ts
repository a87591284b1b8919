import type { IncomingMessage, ServerResponse } from "node:http";
import { readRequestBody } from "../request-body.ts";
import { BadControlCall, type ControlAnswer, type ControlCalls } from "./control-calls.ts";
import { controlRefusal } from "./loopback-guard.ts";

const MAX_BODY_BYTES = 2_000_000;

/** Answers `/control/*` with JSON. Loopback only, never to a page. */
export function createControlApi(
  control: ControlCalls,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> {
  async function answer(request: IncomingMessage, url: URL): Promise<ControlAnswer> {
    const refusal = controlRefusal(request);
    if (refusal !== undefined) return { status: 403, body: { error: refusal } };
    const path = url.pathname.slice("/control".length);
    return control(`${request.method ?? ""} ${path}`, await readJson(request), url.searchParams);
  }

  return async (request, response, url) => {
    let result: ControlAnswer;
    try {
      result = await answer(request, url);
    } catch (error) {
      if (!(error instanceof BadControlCall)) throw error;
      result = { status: 400, body: { error: error.message } };
    }
    response.writeHead(result.status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(result.body ?? {}));
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (request.method === "GET" || request.method === "DELETE") return undefined;
  const body = await readRequestBody(request, MAX_BODY_BYTES);
  if (body === undefined) throw new BadControlCall(`The body is larger than ${MAX_BODY_BYTES} bytes.`);
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadControlCall(`The body is not JSON: ${error.message}`);
  }
}
