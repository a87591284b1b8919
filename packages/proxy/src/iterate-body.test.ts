import { expect, it } from "vitest";
import { iterateBody } from "./iterate-body.ts";

it.each(["before", "after"])(
  "leaving a stream that breaks off %s its first bytes were read doesn't reject",
  async (moment) => {
    let breakOff: () => void = () => undefined;
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array([1]));
        breakOff = () => controller.error(new DOMException("gone", "AbortError"));
      },
    });
    const source = iterateBody(stream);
    if (moment === "after") await source.next();
    breakOff();
    await expect(source.return?.()).resolves.toEqual({ done: true, value: undefined });
  },
);
