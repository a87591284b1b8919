import { createBff } from "@coatcheck/bff";
import { closeTogether, createNodeListener, createNodePorts } from "@coatcheck/bff/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import Fastify from "fastify";
import { createMyConfig, NOTES } from "./my-config.ts";

const { API_URL = "", PORT = "3000" } = process.env;
const bff = createBff(
  createMyConfig(process.env),
  createNodePorts({ ledger: createSqliteLedger({ file: "ledger.sqlite" }) }),
);
const answer = createNodeListener(bff, bff.app);

const app = Fastify();
// The first hook of all: later ones have the body parsed, and an API gets its body as it came.
app.addHook("onRequest", (request, reply, done) => {
  if (!bff.owns(request.raw.url ?? "")) return done();
  reply.hijack();
  answer(request.raw, reply.raw);
});

app.get("/hello", async (request, reply) => {
  const visit = await bff.visit(request.raw);
  if (visit.kind === "refused") return reply.send(visit.response);
  const { session } = visit;
  return session.state === "anonymous" ? "Hello." : `Hello ${session.user.name}.`;
});

app.post<{ Body: { title: string } }>("/my/notes", async (request, reply) => {
  const visit = await bff.visit(request.raw, bff.guard(), bff.requireSession());
  if (visit.kind === "refused") return reply.send(visit.response);
  const created = await bff.fetch(visit, API_URL, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: request.body.title }),
    resource: NOTES,
  });
  // Newer tokens leave with the answer.
  for (const cookie of await visit.close()) reply.header("set-cookie", cookie);
  return reply.send(created);
});

await bff.ready();
await app.listen({ port: Number(PORT), host: "0.0.0.0" });
// A deploy in the middle of a refresh costs no session.
closeTogether(bff, app.server);
process.stdout.write(`Listening on ${PORT}.\n`);
