import { createServer } from "node:http";
import { Pool } from "undici";

/** A proxy that does nothing but forward, on undici. */
const pool = new Pool(process.env["UPSTREAM"] ?? "", { connections: 64 });

createServer((request, response) => {
  const hasBody =
    request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
  const { connection: _, "transfer-encoding": __, expect: ___, ...headers } = request.headers;
  pool.stream(
    {
      path: request.url ?? "/",
      method: request.method ?? "GET",
      headers,
      body: hasBody ? request : null,
      opaque: response,
    },
    ({ statusCode, headers: received }) => {
      const { connection: _dropped, "keep-alive": _too, ...rest } = received;
      response.writeHead(statusCode, rest);
      return response;
    },
    (error) => {
      if (error !== null) response.destroy();
    },
  );
}).listen(Number(process.env["PORT"]), "127.0.0.1", () => console.log("listening"));
