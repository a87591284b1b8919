import { createServer } from "node:http";

/** The API behind every target, in a process of its own. Paths may carry the prefix under which a target offers it. */
const JSON_1K = JSON.stringify({
  items: Array.from({ length: 36 }, (_, index) => `a line of text ${index}`),
});
const CHUNK = Buffer.alloc(64 * 1024, "x");
const CHUNKS = 160;
const EVENTS = 1_000;

const server = createServer({ noDelay: true, keepAliveTimeout: 120_000 }, (request, response) => {
  const path = (request.url ?? "").replace(/^\/api\/bench/u, "");
  if (path === "/10m") {
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": CHUNK.length * CHUNKS,
    });
    let left = CHUNKS;
    const write = (): void => {
      while (left > 0) {
        left -= 1;
        if (!response.write(CHUNK)) return void response.once("drain", write);
      }
      response.end();
    };
    write();
    return;
  }
  if (path === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let count = 0;
    const next = (): void => {
      count += 1;
      if (count > EVENTS) response.end();
      else response.write(`data: ${count}\n\n`, () => setImmediate(next));
    };
    next();
    return;
  }
  if (path === "/sink") {
    request.resume();
    request.once("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
    return;
  }
  request.resume();
  response
    .writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(JSON_1K) })
    .end(JSON_1K);
});
server.listen(Number(process.env["PORT"]), "127.0.0.1", () => console.log("listening"));
