import type { Endpoint, Lie } from "../../lie.ts";

/** The endpoint answers at once, a byte now and then, for ever. */
export function slowDrip(endpoint: Endpoint, everyMs = 5): Lie {
  return {
    name: "slow-drip",
    reply(answered, normal) {
      if (answered !== endpoint) return normal;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (controller) =>
          new Promise((resolve) => {
            timer = setTimeout(() => {
              controller.enqueue(new Uint8Array([0x20]));
              resolve();
            }, everyMs);
          }),
        cancel: () => clearTimeout(timer),
      });
      return { ...normal, body };
    },
  };
}
