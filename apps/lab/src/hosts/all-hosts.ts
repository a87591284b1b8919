import type { ExampleHost } from "./host.ts";
import { nextHost } from "./next-host.ts";
import { createProcessHost } from "./process-host.ts";
import { findRuntime } from "./runtime-folder.ts";
import { workerHost } from "./worker-host.ts";

/** Every host that has an example, in the order of the guide. */
export const HOSTS: readonly ExampleHost[] = [
  onNode("Hono", "packages/bff/examples/hono-app.ts", {
    "an own route that reads a body and calls the API": "the example has none",
  }),
  onNode("`node:http`", "apps/hosts/examples/node-http.ts"),
  onNode("Express", "apps/hosts/examples/express.ts"),
  onNode("Fastify", "apps/hosts/examples/fastify.ts"),
  nextHost,
  createProcessHost({
    name: "Bun",
    runtime: "Bun",
    example: "apps/hosts/examples/bun.ts",
    lacks: {},
    program: () => findRuntime("bun"),
  }),
  createProcessHost({
    name: "Deno",
    runtime: "Deno",
    example: "apps/hosts/examples/deno.ts",
    lacks: {},
    program: () => findRuntime("deno"),
    args: ["run", "--allow-net", "--allow-env", "--allow-read", "--allow-write", "--no-remote"],
  }),
  workerHost,
];

function onNode(name: string, example: string, lacks: ExampleHost["lacks"] = {}): ExampleHost {
  return createProcessHost({ name, example, lacks, runtime: "Node", program: () => process.execPath });
}
