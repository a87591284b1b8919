import { createBff, createWebPorts } from "@coatcheck/bff";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { createMyApp } from "./my-app.ts";
import { createMyConfig } from "./my-config.ts";

const { API_URL = "", PORT = "3000" } = process.env;
const bff = createBff(
  createMyConfig(process.env),
  createWebPorts({ ledger: createSqliteLedger({ file: "ledger.sqlite" }) }),
);
const app = createMyApp(bff, API_URL);

await bff.ready();
// The server goes to the app, too: it knows the client's address.
const server = Bun.serve({ port: Number(PORT), fetch: (request, server) => app.fetch(request, server) });
process.stdout.write(`Listening on ${PORT}.\n`);

// A deploy in the middle of a refresh costs no session.
process.once("SIGTERM", () => void close());
async function close(): Promise<void> {
  await server.stop();
  await bff.drain();
  await bff.close();
  process.exit(0);
}
