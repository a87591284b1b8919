import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import type { Server, Socket } from "node:net";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import { createNodeListener } from "./create-node-listener.ts";

const TOTAL = 8 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, "x");
const WAYS = ["direct", "through-app"] as const;
const FRAMINGS = [`content-length: ${TOTAL}`, "transfer-encoding: chunked"] as const;
const OURS = ["host: localhost:3000", "x-coatcheck: 1", "sec-fetch-site: same-origin"];

/** Who answers before the body is there, how, and what the client is told. */
const CASES = [
  ["an API that refuses and closes", "/api/closing/1", OURS, 413],
  ["an API that refuses and keeps the connection", "/api/keeping/1", OURS, 413],
  ["nobody being signed in", "/api/notes/1", OURS, 401],
  ["the guard", "/api/keeping/1", ["host: localhost:3000"], 403],
  ["the route's limit", "/api/small/1", OURS, 413],
] as const;

let rig: Rig;
const servers: ListeningServer[] = [];
const ports = new Map<string, number>();

async function listen(server: Server): Promise<number> {
  const listening = await listenOnLoopback(server);
  servers.push(listening);
  return listening.port;
}

/** An API that answers as soon as it has seen a head. */
function refusing(connection: "close" | "keep-alive"): Server {
  return createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.on("data", () => undefined);
      socket.write(
        `HTTP/1.1 413 Content Too Large\r\ncontent-length: 9\r\nconnection: ${connection}\r\n\r\ntoo large`,
        () => connection === "close" && socket.destroy(),
      );
    });
  });
}

beforeAll(async () => {
  const [closing, keeping] = await Promise.all([listen(refusing("close")), listen(refusing("keep-alive"))]);
  const route = (name: string, port: number, maxBodyBytes: number) =>
    ({
      prefix: `/api/${name}`,
      upstream: `http://127.0.0.1:${port}`,
      tokenKind: "none",
      maxBodyBytes,
    }) as const;
  rig = await startRig({
    config: {
      routes: [
        route("closing", closing, TOTAL),
        route("keeping", keeping, TOTAL),
        route("small", keeping, 1000),
        { prefix: "/api/notes", upstream: `http://127.0.0.1:${keeping}` },
        { prefix: "/api/open", upstream: `http://127.0.0.1:${keeping}`, tokenKind: "none" },
      ],
    },
  });
  for (const apiCalls of WAYS) {
    ports.set(apiCalls, await listen(createServer(createNodeListener(rig.bff, rig.bff.app, { apiCalls }))));
  }
});
afterAll(async () => {
  await rig.close();
  for (const server of servers) await server.close();
});

/** Sends everything before it reads anything, as most clients do, if the other side lets it. */
async function sendAll(socket: Socket, head: readonly string[], isChunked: boolean): Promise<void> {
  socket.pause();
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  for (let sent = 0; sent < TOTAL; sent += CHUNK.length) {
    if (isChunked) socket.write(`${CHUNK.length.toString(16)}\r\n`);
    const isFlushed = socket.write(CHUNK);
    if (isChunked) socket.write("\r\n");
    if (!isFlushed) await once(socket, "drain");
  }
  if (isChunked) socket.write("0\r\n\r\n");
}

/** @returns the first answer's status, and whether its body is whole */
async function readAnswer(socket: Socket): Promise<{ readonly status: number; readonly isWhole: boolean }> {
  socket.setEncoding("latin1");
  let received = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received += String(chunk);
    const [head = "", body] = received.split("\r\n\r\n");
    const length = /^content-length: (\d+)$/imu.exec(head)?.[1];
    const isWhole =
      body !== undefined &&
      (length === undefined ? received.endsWith("\r\n0\r\n\r\n") : body.length >= Number(length));
    if (isWhole) return { status: Number(received.split(" ")[1]), isWhole };
  }
  return { status: Number(received.split(" ")[1]), isWhole: false };
}

describe.each(WAYS)("an upload that is answered before it is over (%s)", (way) => {
  it.each(CASES)(
    "by %s: the client gets the answer, and may go on with the connection",
    async (_, path, headers, status) => {
      for (const framing of FRAMINGS) {
        const socket = connect(ports.get(way) ?? 0, "127.0.0.1");
        await sendAll(socket, [`POST ${path} HTTP/1.1`, ...headers, framing], framing.startsWith("transfer"));
        expect(await readAnswer(socket)).toEqual({ status, isWhole: true });
        socket.write("GET /healthz HTTP/1.1\r\nhost: localhost:3000\r\n\r\n");
        expect(await readAnswer(socket)).toEqual({ status: 200, isWhole: true });
        socket.destroy();
      }
    },
  );
});
