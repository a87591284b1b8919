import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { repositoryRoot } from "../repository-root.ts";
import type { ExampleHost, HostSetting, RunningHost } from "./host.ts";
import { findRuntime, miniflareModule } from "./runtime-folder.ts";

/** What is used here of a binding that Node has by miniflare. */
interface NamespaceProxy {
  getByName(name: string): {
    fetch(
      url: string,
      init: { method: string; body: string },
    ): Promise<{ ok: boolean; json(): Promise<unknown> }>;
  };
}

/** What is used here of miniflare, which isn't a dependency. */
export interface Miniflare {
  readonly ready: Promise<URL>;
  getDurableObjectNamespace(binding: string, worker?: string): Promise<NamespaceProxy>;
  getWorker(name: string): Promise<{ fetch(url: string, init?: RequestInit): Promise<Response> }>;
  dispose(): Promise<void>;
}

const EXAMPLE = "apps/hosts/examples/cloudflare/worker.ts";
/** As in the example's `wrangler.jsonc`. */
const COMPATIBILITY_DATE = "2026-07-01";

const LEDGER = { className: "LedgerObject", useSQLite: true };

/** Sends one request after the other to another isolate, as Cloudflare may. */
const ALTERNATING = `
  let count = 0;
  export default {
    fetch(request, { FIRST, SECOND }) {
      count += 1;
      return (count % 2 === 0 ? FIRST : SECOND).fetch(request);
    },
  };
`;

/** Cloudflare's runtime, workerd, with the example of a Worker in two isolates and one ledger. */
export const workerHost: ExampleHost = {
  name: "Workers",
  example: EXAMPLE,
  lacks: { "SIGTERM in the middle of a refresh": "the platform ends isolates" },
  isAtHand: () => findRuntime("workerd") !== undefined,
  version() {
    const { version } = createRequire(miniflareModule())("workerd/package.json") as { version: string };
    return `workerd ${version}`;
  },
  async start(setting, folder) {
    const script = await bundleWorker(EXAMPLE, folder);
    const lines: string[] = [];
    const miniflare = await startWorkerd({
      port: Number(setting.PORT),
      host: "127.0.0.1",
      handleRuntimeStdio(stdout: Readable, stderr: Readable) {
        for (const stream of [stdout, stderr])
          stream.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
      },
      workers: [
        {
          ...workerOf("alternating", script, {}, {}),
          modules: [{ type: "ESModule", path: join(script, "..", "alternating.js"), contents: ALTERNATING }],
          serviceBindings: { FIRST: "first", SECOND: "second" },
        },
        workerOf("first", script, setting, { LEDGER }),
        workerOf("second", script, setting, { LEDGER: { ...LEDGER, scriptName: "first" } }),
      ],
    });
    await miniflare.ready;
    return {
      output: () => lines.join(""),
      async stop() {
        await miniflare.dispose();
        return 0;
      },
    } satisfies RunningHost;
  },
};

/** @throws {Error} where miniflare isn't installed */
export async function startWorkerd(options: object): Promise<Miniflare> {
  process.env["MINIFLARE_WORKERD_PATH"] ??= findRuntime("workerd");
  type Module = { readonly Miniflare: new (options: object) => Miniflare };
  const module = (await import(pathToFileURL(miniflareModule()).href)) as Module;
  return new module.Miniflare(options);
}

export function workerOf(
  name: string,
  script: string,
  bindings: HostSetting | Readonly<Record<string, string>>,
  durableObjects: Readonly<Record<string, object>>,
): object {
  return {
    name,
    modules: [{ type: "ESModule", path: script }],
    modulesRoot: join(script, ".."),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings,
    durableObjects,
  };
}

/** Makes one module of a Worker, as wrangler does. @returns its file */
export async function bundleWorker(entry: string, folder: string): Promise<string> {
  const outDir = join(folder, "worker");
  mkdirSync(outDir, { recursive: true });
  const { NODE_ENV } = process.env;
  await build({
    root: repositoryRoot,
    configFile: false,
    logLevel: "error",
    ssr: { target: "webworker", noExternal: true, resolve: { conditions: ["workerd", "worker", "module"] } },
    build: {
      ssr: join(repositoryRoot, entry),
      outDir,
      minify: false,
      rolldownOptions: {
        output: { entryFileNames: "worker.js", codeSplitting: false },
        external: [/^cloudflare:/],
      },
    },
  });
  // Vite has set it to production, in which the development provider doesn't start.
  if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
  return join(outDir, "worker.js");
}
