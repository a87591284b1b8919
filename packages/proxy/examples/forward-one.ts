import { createForward, createTarget, type PlainRequest } from "@coatcheck/proxy";
import { createNodeSend } from "@coatcheck/proxy/node";

/** Forwards one call to an API of ours, with this access token as its only credential. */
export async function forwardOne(upstream: string, request: PlainRequest, accessToken: string) {
  const target = createTarget({
    prefix: "/api/notes",
    upstream,
    maxBodyBytes: 1_000_000,
    connectTimeoutMs: 5_000,
    headersTimeoutMs: 30_000,
    idleTimeoutMs: 60_000,
    eventStreamIdleTimeoutMs: "none",
  });
  const forward = createForward({ send: createNodeSend().send });
  return forward(request, target, accessToken, {
    publicOrigin: "https://app.example",
    requestId: "1",
  });
}
