import type { Endpoint, Lie } from "../../lie.ts";

/** The endpoint does its work, and the connection breaks after half of the answer. */
export function brokenBody(endpoint: Endpoint): Lie {
  return {
    name: "broken-body",
    reply(answered, normal) {
      if (answered !== endpoint) return normal;
      const bytes = new TextEncoder().encode(typeof normal.body === "string" ? normal.body : "");
      let isHalfSent = false;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          if (isHalfSent)
            controller.error(Object.assign(new Error("simulated: reset"), { code: "ECONNRESET" }));
          else controller.enqueue(bytes.slice(0, Math.max(1, bytes.length >> 1)));
          isHalfSent = true;
        },
      });
      return { ...normal, body };
    },
  };
}
