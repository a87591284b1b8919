import { Agent, createServer, request as send } from "node:http";

/** A proxy that does nothing but forward, on Node's own HTTP client. */
const upstream = new URL(process.env["UPSTREAM"] ?? "");
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

createServer((request, response) => {
  const { connection: _, ...headers } = request.headers;
  const outgoing = send(
    {
      agent,
      host: upstream.hostname,
      port: upstream.port,
      path: request.url,
      method: request.method,
      headers,
    },
    (answer) => {
      const { connection: _dropped, "keep-alive": _too, ...rest } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, rest);
      answer.pipe(response);
    },
  );
  outgoing.once("error", () => response.destroy());
  request.pipe(outgoing);
}).listen(Number(process.env["PORT"]), "127.0.0.1", () => console.log("listening"));
