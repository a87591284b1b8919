import { parseArgs } from "node:util";
import { serve } from "vitepress";
import { buildSite, builtFolder, siteFolder } from "./build-site.ts";
import { checkLinks } from "./check-links.ts";

/**
 * `pnpm run docs [--check] [--port 5180]`: builds the documentation site, looks whether every link of it leads somewhere, and
 * serves it. `--check` ends before that; exit 1 on a broken link.
 */
const { values } = parseArgs({
  options: { check: { type: "boolean", default: false }, port: { type: "string", default: "5180" } },
});
await buildSite();
const { pages, internal, external, broken } = checkLinks(builtFolder);
for (const link of broken) console.log(`Broken: ${link}`);
console.log(
  `${pages} pages, ${internal} internal links, ${broken.length} broken, ${external} links elsewhere.`,
);
if (values.check) process.exitCode = broken.length === 0 ? 0 : 1;
else await serve({ root: siteFolder, port: Number(values.port) });
