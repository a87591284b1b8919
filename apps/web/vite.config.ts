import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

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

export default defineConfig({
  plugins: [react(), preloadFont()],
  build: {
    // light-dark(), nesting and dialog's closedby are used as they are; older browsers get no half-working page.
    target: ["chrome123", "edge123", "firefox128", "safari17.5"],
    // Everything is a file of its own: the content policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
});
