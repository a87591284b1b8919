#!/usr/bin/env node
// The command line of the product. Before anything is loaded that an old Node can't read: its own words would name no cause.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `coatcheck needs Node 22.18 or later, and this is ${process.versions.node}: install a newer one from https://nodejs.org.\n`,
  );
  process.exit(1);
}
const { enableCompileCache, flushCompileCache } = await import("node:module");
const { fileURLToPath } = await import("node:url");
const { setFlagsFromString } = await import("node:v8");

// V8 may decide, by a few calls at the start, that what every request makes shall be old at once. Then each request's headers and
// cookies wait for the collector of old objects: a fifth more CPU time for as long as the process lives. A V8 that doesn't know
// the flag says so, and goes on.
setFlagsFromString("--no-allocation-site-pretenuring");

// What Node compiles is kept for the next start, which then takes half as long: beside the code, since who can write there can
// change the code as well. Where nothing can be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/coatcheck", import.meta.url)));
// Only now, and not at the top: what is imported there is loaded before the line above runs.
const { runCoatcheck } = await import("./run-coatcheck.ts");
await runCoatcheck();
flushCompileCache();
