import type { Endpoint, Lie } from "../../lie.ts";

const CHUNK = new TextEncoder().encode(" ".repeat(64 * 1_024));

/** The endpoint's answer is the normal one after `byteCount` blanks. */
export function hugeBody(endpoint: Endpoint, byteCount = 10 * 1_024 * 1_024): Lie {
  return {
    name: "huge-body",
    reply(answered, normal) {
      if (answered !== endpoint) return normal;
      let sent = 0;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          if (sent < byteCount) {
            controller.enqueue(CHUNK);
            sent += CHUNK.length;
            return;
          }
          controller.enqueue(new TextEncoder().encode(typeof normal.body === "string" ? normal.body : ""));
          controller.close();
        },
      });
      return { ...normal, body };
    },
  };
}
