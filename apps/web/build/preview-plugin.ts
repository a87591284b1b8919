import { loadEnv, type Plugin } from "vite";

/** Most readers of link previews take absolute addresses only: `VITE_PUBLIC_ORIGIN`, at build time, makes them so. */
export function createPreviewPlugin(): Plugin {
  let origin = "";
  return {
    name: "coatcheck:preview",
    configResolved({ mode, envDir }) {
      origin = loadEnv(mode, envDir || ".", "VITE_")["VITE_PUBLIC_ORIGIN"] ?? "";
    },
    transformIndexHtml: (html) =>
      html.replaceAll('content="/preview.png"', `content="${origin}/preview.png"`),
  };
}
