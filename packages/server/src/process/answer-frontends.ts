import type { RequestListener, ServerResponse } from "node:http";
import type { Bff } from "@coatcheck/bff";
import { securityHeaders } from "@coatcheck/bff";
import { BFF_PATHS } from "@coatcheck/contract";
import type { Frontend } from "../environment/frontends.ts";
import type { ChooseFrontend } from "./choose-frontend.ts";
import { refusal } from "./http-server.ts";

/** A frontend that answers. */
export interface ServedFrontend extends Frontend {
  readonly composed: { readonly bff: Pick<Bff, "readiness"> };
  readonly listener: RequestListener;
}

/**
 * Answers for several frontends: each gets the requests to its host and path, with that path taken off, as mounting does.
 *
 * Probes come by address, whatever host they name: `/readyz` tells of all frontends, and is ready when all of them are.
 */
export function createFrontendListener(
  all: readonly [ServedFrontend, ...ServedFrontend[]],
  choose: ChooseFrontend<ServedFrontend>,
): RequestListener {
  const [first] = all;
  const protection = securityHeaders("data", first.bff);

  async function answerReadiness(response: ServerResponse): Promise<void> {
    const seen = await Promise.all(
      all.map(async ({ name, composed }) => [name, await composed.bff.readiness()] as const),
    );
    const isReady = seen.every(([, readiness]) => readiness.isReady);
    const body = JSON.stringify({ isReady, frontends: Object.fromEntries(seen) });
    response.writeHead(isReady ? 200 : 503, [
      ...protection.flat(),
      "content-type",
      "application/json",
      "cache-control",
      "no-store",
      "content-length",
      String(Buffer.byteLength(body)),
    ]);
    response.end(body);
  }

  return (request, response) => {
    const { url: rawTarget = "/", method, headers } = request;
    const isRead = method === "GET" || method === "HEAD";
    if (rawTarget === BFF_PATHS.readyz && isRead) {
      answerReadiness(response).catch(() => response.destroy());
      return;
    }
    if (rawTarget === BFF_PATHS.healthz) return first.listener(request, response);
    const chosen = choose(headers.host, rawTarget);
    if (chosen.kind !== "found") {
      const { head, body } = refusal(chosen.kind, protection);
      response.writeHead(head.status, head.headers.flat());
      response.end(body);
      return;
    }
    request.url = chosen.rawTarget;
    chosen.served.listener(request, response);
  };
}
