#!/usr/bin/env node
import { enableCompileCache, flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// The command line of the product. What Node compiles of it is kept for the next start, which then takes half as long: beside
// the code, since who can write there can change the code as well. Where nothing can be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/coatcheck", import.meta.url)));
// Only now, and not at the top: what is imported there is loaded before the line above runs.
const { runCoatcheck } = await import("./run-coatcheck.ts");
await runCoatcheck();
flushCompileCache();
