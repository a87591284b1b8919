import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { expect, it } from "vitest";

const KB = 1024;

async function bundle(entry: string): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      modulePreload: false,
      // Not as a library, whose white space stays: as the app's own bundler does it.
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: "strict",
        external: [/^react($|\/)/, "@tanstack/react-query"],
      },
    },
  });
  const [first] = Array.isArray(output) ? output : [output];
  if (first === undefined || !("output" in first)) throw new Error("Vite built nothing.");
  return first.output.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
}

it("client and react weigh at most 8 KB together, gzipped, without their peers", async () => {
  const bytes = gzipSync(await bundle(join(import.meta.dirname, "../suite/everything.ts")), {
    level: 9,
  }).length;
  expect(bytes).toBeGreaterThan(KB);
  expect(bytes).toBeLessThanOrEqual(8 * KB);
});
