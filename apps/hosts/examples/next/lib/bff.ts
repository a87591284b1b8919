import { createBff, type Bff } from "@coatcheck/bff";
import { createNodePorts } from "@coatcheck/bff/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { createMyConfig } from "./my-config";

// Next.js loads this module once for routes and once for pages: they share one BFF.
const shared = globalThis as { bff?: Bff };

/** Made with the first request: `next build` loads this module, too, and has no variables. */
export function bff(): Bff {
  shared.bff ??= createBff(
    createMyConfig(process.env),
    createNodePorts({
      ledger: createSqliteLedger({ file: "ledger.sqlite" }),
      // Next.js hands over no connection: your platform's or proxy's header, which nobody else can write.
      ...(process.env.ADDRESS_HEADER ? { addressHeader: process.env.ADDRESS_HEADER } : {}),
    }),
  );
  return shared.bff;
}

/** For `route.ts` of everything that is the BFF's. */
export async function handle(request: Request): Promise<Response> {
  return bff().app.fetch(request);
}
