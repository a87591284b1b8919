import type { Endpoint, Lie } from "../../lie.ts";

/** The endpoint's answer is small and becomes `byteCount` bytes when it is unpacked. */
export function compressedBomb(endpoint: Endpoint, byteCount = 10 * 1_024 * 1_024): Lie {
  return {
    name: "compressed-bomb",
    reply(answered, normal) {
      if (answered !== endpoint) return normal;
      const blanks = new Blob([" ".repeat(byteCount), typeof normal.body === "string" ? normal.body : ""]);
      const body = blanks.stream().pipeThrough(new CompressionStream("gzip"));
      return { ...normal, headers: { ...normal.headers, "content-encoding": "gzip" }, body };
    },
  };
}
