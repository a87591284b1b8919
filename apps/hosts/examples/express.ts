import { createBff } from "@coatcheck/bff";
import { closeTogether, createNodeListener, createNodePorts } from "@coatcheck/bff/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import express from "express";
import type { Response as ExpressResponse } from "express";
import { createMyConfig, NOTES } from "./my-config.ts";

const { API_URL = "", PORT = "3000" } = process.env;
const bff = createBff(
  createMyConfig(process.env),
  createNodePorts({ ledger: createSqliteLedger({ file: "ledger.sqlite" }) }),
);
const answer = createNodeListener(bff, bff.app);

const app = express();
// Before every body parser: an API gets its body as it came.
app.use((request, response, next) => (bff.owns(request.url) ? answer(request, response) : next()));
app.use(express.json());

app.get("/hello", async (request, response) => {
  const visit = await bff.visit(request);
  if (visit.kind === "refused") return send(visit.response, response);
  const { session } = visit;
  response.type("text").send(session.state === "anonymous" ? "Hello." : `Hello ${session.user.name}.`);
});

app.post("/my/notes", async (request, response) => {
  const visit = await bff.visit(request, bff.guard(), bff.requireSession());
  if (visit.kind === "refused") return send(visit.response, response);
  const { title } = request.body as { title: string };
  const created = await bff.fetch(visit, API_URL, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
    resource: NOTES,
  });
  // Newer tokens leave with the answer.
  for (const cookie of await visit.close()) response.append("set-cookie", cookie);
  return send(created, response);
});

async function send(answer: Response, response: ExpressResponse): Promise<void> {
  response.setHeaders(answer.headers);
  response.status(answer.status).send(Buffer.from(await answer.arrayBuffer()));
}

await bff.ready();
const server = app.listen(Number(PORT), () => process.stdout.write(`Listening on ${PORT}.\n`));
// A deploy in the middle of a refresh costs no session.
closeTogether(bff, server);
