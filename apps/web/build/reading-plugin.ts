import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { READING, readingUrl, type Reading } from "../src/features/reading/reading.ts";

const repositoryFolder = fileURLToPath(new URL("../../..", import.meta.url));

/** Puts the files that the page links to beside it: no other host is needed to read what runs here. */
export function createReadingPlugin(): Plugin {
  const pathByUrl = new Map(
    Object.entries(READING).map(([reading, path]) => [readingUrl(reading as Reading), path]),
  );
  const read = (path: string) => readFileSync(`${repositoryFolder}/${path}`, "utf8");
  return {
    name: "coatcheck:reading",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = pathByUrl.get(request.url ?? "");
        if (path === undefined) return next();
        response.setHeader("content-type", "text/plain; charset=utf-8");
        response.end(read(path));
      });
    },
    generateBundle() {
      for (const [url, path] of pathByUrl)
        this.emitFile({ type: "asset", fileName: url.slice(1), source: read(path) });
    },
  };
}
