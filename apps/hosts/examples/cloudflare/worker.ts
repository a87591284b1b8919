import { createBff, createWebPorts } from "@coatcheck/bff";
import { createDurableObjectLedger } from "@coatcheck/tokens/durable-object";
import type { LedgerNamespace } from "@coatcheck/tokens/durable-object";
import type { ExecutionContext } from "hono";
import { createMyApp } from "../my-app.ts";
import { createMyConfig } from "../my-config.ts";
import type { MyVariables } from "../my-config.ts";

// The class has to be exported from the Worker's own module.
export { LedgerObject } from "@coatcheck/tokens/durable-object";

interface Env extends MyVariables {
  readonly LEDGER: LedgerNamespace;
}

let app: ReturnType<typeof createMyApp> | undefined;

export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
    // With the first request: a Worker may call nobody while its module is loaded.
    app ??= start(env);
    // The context goes to the app, too: without it, Cloudflare would stop a refresh when its client is gone.
    return app.fetch(request, env, context);
  },
};

function start(env: Env): ReturnType<typeof createMyApp> {
  const ledger = createDurableObjectLedger({ namespace: env.LEDGER });
  // Cloudflare writes this header itself, and nobody else can.
  const bff = createBff(createMyConfig(env), createWebPorts({ ledger, addressHeader: "cf-connecting-ip" }));
  return createMyApp(bff, env.API_URL ?? "");
}
