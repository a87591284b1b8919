#!/usr/bin/env node
// Before anything is loaded that an old Node can't read.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `create-coatcheck needs Node 22.18 or later, and this is ${process.version}: install a newer one from https://nodejs.org.\n`,
  );
  process.exit(1);
}

const { runCreate } = await import("./run-create.ts");
process.exitCode = await runCreate(process.argv.slice(2), process.env["npm_config_user_agent"]);
