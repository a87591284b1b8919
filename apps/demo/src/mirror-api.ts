import type { Mirror } from "@coatcheck/contract";
import { startLoopbackServer } from "./loopback-server.ts";

/** An API that says which headers reached it. Values never leave it, so it may be asked by anybody. */
export async function startMirrorApi(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = await startLoopbackServer((request, response) => {
    const begunAt = performance.now();
    const headers = Object.keys(request.headers).toSorted();
    response.setHeader("content-type", "application/json");
    const mirror: Mirror = { headers, tookMs: performance.now() - begunAt };
    response.end(JSON.stringify(mirror));
  }, 0);
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.close() };
}
