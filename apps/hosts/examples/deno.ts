import { createBff, createWebPorts } from "@coatcheck/bff";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { createMyApp } from "./my-app.ts";
import { createMyConfig } from "./my-config.ts";

const variables = Deno.env.toObject();
const bff = createBff(
  createMyConfig(variables),
  createWebPorts({ ledger: createSqliteLedger({ file: "ledger.sqlite" }) }),
);
const app = createMyApp(bff, variables["API_URL"] ?? "");

await bff.ready();
const port = Number(variables["PORT"] ?? "3000");
// The connection goes to the app, too: it knows the client's address.
const server = Deno.serve({ port }, (request, connection) => app.fetch(request, connection));

// A deploy in the middle of a refresh costs no session.
Deno.addSignalListener("SIGTERM", async () => {
  await server.shutdown();
  await bff.drain();
  await bff.close();
  Deno.exit(0);
});
