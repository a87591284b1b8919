import { defineConfig } from "vitepress";
import { REPOSITORY_URL } from "../src/repository.ts";
import { createSidebar } from "../src/sidebar.ts";

/** `pnpm docs` lays out the pages in `.data/site` first. */
export default defineConfig({
  title: "Coatcheck",
  titleTemplate: ":title · Coatcheck",
  description:
    "A Backend-for-Frontend for TypeScript: the browser never sees a token, and no session is lost to a refresh.",
  lang: "en",
  srcDir: ".data/site",
  outDir: "dist",
  cacheDir: ".data/cache",
  cleanUrls: false,
  // Checked by ourselves, anchors included.
  ignoreDeadLinks: true,
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: "/favicon.svg" }],
    ["meta", { name: "theme-color", content: "#f1f5f2", media: "(prefers-color-scheme: light)" }],
    ["meta", { name: "theme-color", content: "#0d1712", media: "(prefers-color-scheme: dark)" }],
  ],
  markdown: {
    // An address in a text is an example, and no link.
    linkify: false,
    languageAlias: { caddyfile: "nginx" },
    config(md) {
      // Long names break after their parts, so that tables of them fit.
      const breakable = (text: string): string =>
        md.utils.escapeHtml(text).replaceAll(/(?<=\w)(?:[_/,=]|&amp;)(?=[\w{])/g, "$&<wbr>");
      md.renderer.rules["code_inline"] = (tokens, index) =>
        `<code v-pre>${breakable(tokens[index]?.content ?? "")}</code>`;
      md.renderer.rules["text"] = (tokens, index) => breakable(tokens[index]?.content ?? "");
    },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  // Without this, the first paint comes in another font, and everything moves when ours is there.
  transformHead: ({ assets }) =>
    assets
      .filter((asset) => asset.endsWith(".woff2"))
      .map((href) => ["link", { rel: "preload", href, as: "font", type: "font/woff2", crossorigin: "" }]),
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  themeConfig: {
    logo: "/favicon.svg",
    sidebar: createSidebar(),
    outline: { level: [2, 3], label: "On this page" },
    search: {
      provider: "local",
      options: {
        detailedView: false,
        // Names are found whole: `stale_cookie` is one word, and so is it with a place to break in it.
        _render: async (source, env, md) => (await md.renderAsync(source, env)).replaceAll("<wbr>", ""),
        miniSearch: {
          options: { tokenize: (text) => text.split(/[^\p{L}\p{N}_@-]+/u) },
          // Whoever searches wants to be told, before anything is listed.
          searchOptions: { boostDocument: (id) => (/\/(reference|decisions)\//.test(String(id)) ? 0.2 : 1) },
        },
      },
    },
    nav: [
      { text: "Quick start", link: "/quick-start", activeMatch: "^/quick-start" },
      { text: "Concepts", link: "/concepts/why-a-bff", activeMatch: "^/concepts/" },
      { text: "Guides", link: "/guides/vite", activeMatch: "^/guides/" },
      { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
      { text: "Source", link: REPOSITORY_URL },
    ],
    docFooter: { prev: "Before", next: "Next" },
    darkModeSwitchLabel: "Dark",
    lightModeSwitchTitle: "Light",
    darkModeSwitchTitle: "Dark",
    sidebarMenuLabel: "Menu",
    returnToTopLabel: "To the top",
  },
});
