import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { createPreviewPlugin } from "./build/preview-plugin.ts";
import { createReadingPlugin } from "./build/reading-plugin.ts";

/** Starts loading the one font with the page, instead of after the style sheet that names it. */
function preloadFont(): Plugin {
  return {
    name: "coatcheck:preload-font",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((fileName) => fileName.endsWith(".woff2"))
          .map((fileName) => ({
            tag: "link",
            attrs: {
              rel: "preload",
              href: `/${fileName}`,
              as: "font",
              type: "font/woff2",
              crossorigin: true,
            },
            injectTo: "head-prepend" as const,
          })),
    },
  };
}

const WORKER = "service-worker";
/** Of what lies in `public`, only this is needed to show the page; pictures for link previews aren't. */
const PUBLIC_SHELL = /\.(?:js|svg|webmanifest)$/u;

/** Writes into the service worker which files the page consists of, and a name for this very set of files. */
function listShellFiles(): Plugin {
  return {
    name: "coatcheck:list-shell-files",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const worker = bundle[`${WORKER}.js`];
        if (worker?.type !== "chunk") throw new Error("The build has no service worker.");
        const publicFolder = join(import.meta.dirname, "public");
        const publicFiles = readdirSync(publicFolder).filter((name) => PUBLIC_SHELL.test(name));
        const built = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
        const files = [...built, ...publicFiles].toSorted().map((name) => `/${name}`);
        const version = createHash("sha256").update(worker.code).update(files.join("\n"));
        for (const name of publicFiles) version.update(readFileSync(join(publicFolder, name)));
        const html = bundle["index.html"];
        if (html?.type !== "asset") throw new Error("The build has no index.html.");
        version.update(html.source);
        worker.code = worker.code
          .replaceAll("SHELL_FILES", JSON.stringify(files))
          .replaceAll("SHELL_VERSION", JSON.stringify(version.digest("hex").slice(0, 12)));
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), preloadFont(), createPreviewPlugin(), createReadingPlugin(), listShellFiles()],
  build: {
    rolldownOptions: {
      input: { index: "index.html", [WORKER]: `${WORKER}/${WORKER}.ts` },
      // A worker serves what lies below it, so it lies at the root, by a name that stays.
      output: {
        entryFileNames: ({ name }) => (name === WORKER ? "[name].js" : "assets/[name]-[hash].js"),
        // One file instead of three for what all pages of a person share: it packs better.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: "query", test: /@tanstack\/|\/react\/src\/(?:api-|person-|get-api|retry)/u }],
        },
      },
    },
    // light-dark(), nesting and dialog's closedby are used as they are; older browsers get no half-working page.
    target: ["chrome123", "edge123", "firefox128", "safari17.5"],
    // Everything is a file of its own: the content policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
});
