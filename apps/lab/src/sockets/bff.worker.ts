import { createBff } from "@coatcheck/bff";
import type { BffConfig } from "@coatcheck/bff";
import { createNodePorts, serve } from "@coatcheck/bff/node";
import { createMemoryLedger } from "@coatcheck/tokens";

/** One process of the application: takes its configuration as a message, and tells its memory when it is asked. */
process.on("message", ({ config }: { readonly config?: BffConfig }) => {
  if (config === undefined) reportMemory();
  else void start(config);
});
process.on("disconnect", () => process.exit());

function reportMemory(): void {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external });
}

async function start(config: BffConfig): Promise<void> {
  const ledger = createMemoryLedger({
    nowMs: () => Date.now(),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  });
  const bff = createBff(config, createNodePorts({ ledger, log: () => undefined }));
  const port = Number(new URL(config.publicOrigin).port);
  await serve(bff, bff.app, { port, host: "127.0.0.1", apiCalls: "direct", signals: false });
  process.send?.({ port });
}
