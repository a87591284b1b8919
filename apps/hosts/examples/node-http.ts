import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { createBff } from "@coatcheck/bff";
import { closeTogether, createNodeListener, createNodePorts } from "@coatcheck/bff/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { createMyConfig, NOTES } from "./my-config.ts";

const { API_URL = "", PORT = "3000" } = process.env;
const bff = createBff(
  createMyConfig(process.env),
  createNodePorts({ ledger: createSqliteLedger({ file: "ledger.sqlite" }) }),
);
const answer = createNodeListener(bff, bff.app);

const server = createServer((request, response) => {
  if (bff.owns(request.url ?? "")) return answer(request, response);
  route(request)
    .then(async (own) => {
      response
        .setHeaders(own.headers)
        .writeHead(own.status)
        .end(Buffer.from(await own.arrayBuffer()));
    })
    .catch(() => response.writeHead(500).end());
});

async function route(request: IncomingMessage): Promise<Response> {
  if (request.url === "/hello") {
    const visit = await bff.visit(request);
    if (visit.kind === "refused") return visit.response;
    const { session } = visit;
    return new Response(session.state === "anonymous" ? "Hello." : `Hello ${session.user.name}.`);
  }

  if (request.url === "/my/notes" && request.method === "POST") {
    const visit = await bff.visit(request, bff.guard(), bff.requireSession());
    if (visit.kind === "refused") return visit.response;
    const { title } = (await new Response(request).json()) as { title: string };
    const created = await bff.fetch(visit, API_URL, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title }),
      resource: NOTES,
    });
    // Newer tokens leave with the answer.
    for (const cookie of await visit.close()) created.headers.append("set-cookie", cookie);
    return created;
  }

  return new Response("Not found", { status: 404 });
}

await bff.ready();
server.listen(Number(PORT), () => process.stdout.write(`Listening on ${PORT}.\n`));
// A deploy in the middle of a refresh costs no session.
closeTogether(bff, server);
