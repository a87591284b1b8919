import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type RequestOptions } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { freePort, listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const GUIDE = readFileSync(new URL("../../../docs/guides/behind-a-proxy.md", import.meta.url), "utf8");
/** All that one answer of a sign-in may hold, as the guide says. */
const LARGEST = { cookieBytes: 9_000, otherBytes: 800, locationBytes: 2048 };

let folder: string;
let upstream: ListeningServer;
const running: ChildProcess[] = [];

/** A server that a guide sets up: how it is started with the guide's lines, on a port of its own. */
interface ProxyGuide {
  readonly name: string;
  /** Says its version, where it is installed. */
  readonly version: readonly [command: string, ...args: string[]];
  /** @returns the command to run */
  readonly start: (lines: string, port: number) => Promise<readonly [command: string, ...args: string[]]>;
}

const NGINX: ProxyGuide = {
  name: "nginx",
  version: ["nginx", "-v"],
  async start(lines, port) {
    const config = join(folder, `nginx-${port}.conf`);
    const server = lines
      .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
      .replaceAll(/^ *ssl_certificate.*$/gmu, "");
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${folder}/${name}-${port};`)
      .join(" ");
    await writeFile(
      config,
      `daemon off; master_process off; pid ${folder}/${port}.pid; error_log stderr; events {} http { access_log off; ${temporary} ${server} }`,
    );
    return ["nginx", "-p", folder, "-c", config];
  },
};

const CADDY: ProxyGuide = {
  name: "caddy",
  version: ["caddy", "version"],
  async start(lines, port) {
    const config = join(folder, `Caddyfile-${port}`);
    const site = lines.replace("app.example {", `http://:${port} {\n  bind 127.0.0.1`);
    await writeFile(
      config,
      `{\n  admin off\n  grace_period 1s\n  storage file_system ${folder}/caddy\n}\n${site}`,
    );
    return ["caddy", "run", "--adapter", "caddyfile", "--config", config];
  },
};

function isInstalled({ version: [command, ...args] }: ProxyGuide): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** The guide's server, on a port of its own. @param change makes another configuration of it */
async function startProxy(
  guide: ProxyGuide,
  change: (config: string) => string = (config) => config,
): Promise<number> {
  const port = await freePort();
  const block = new RegExp(`\`\`\`${guide.name}(?:file)?\\n([\\s\\S]*?)\`\`\``, "u").exec(GUIDE)?.[1] ?? "";
  const lines = change(block).replace("127.0.0.1:3000", `127.0.0.1:${upstream.port}`);
  const [command, ...args] = await guide.start(lines, port);
  const proxy = spawn(command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOME: folder },
  });
  running.push(proxy);
  let said = "";
  proxy.stderr.on("data", (chunk: Buffer) => void (said += chunk.toString()));
  while (proxy.exitCode === null && (await ask(port, "/").catch(() => undefined))?.status !== 200)
    await new Promise(setImmediate);
  if (proxy.exitCode !== null) throw new Error(`${guide.name} doesn't start: ${said}`);
  return port;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function ask(port: number, path: string, options: RequestOptions = {}): Promise<Answer> {
  const outgoing = request({ host: "127.0.0.1", port, path, ...options, agent: false });
  outgoing.end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: incoming.statusCode, headers: incoming.headers, body: await text(incoming) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-proxy-"));
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, outgoing) => {
    if (incoming.url === "/sign-in") {
      const cookie = "c".repeat(LARGEST.cookieBytes / 3);
      outgoing.writeHead(303, {
        "set-cookie": [`a=${cookie}`, `b=${cookie}`, `c=${cookie}`],
        "content-security-policy": "x".repeat(LARGEST.otherBytes),
        location: `/${"l".repeat(LARGEST.locationBytes)}`,
      });
      outgoing.end();
    } else if (incoming.url === "/events") {
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      outgoing.write("data: 1\n\n");
    } else if (incoming.url === "/upload") {
      // As our server does, which reads on: a connection that is closed under an upload may take the answer with it.
      outgoing.writeHead(413, { "content-length": 9 }).write("too large");
      incoming.resume();
    } else {
      const { host, "x-forwarded-for": forwardedFor } = incoming.headers;
      outgoing.end(JSON.stringify({ url: incoming.url, host, forwardedFor }));
    }
  });
  server.on("upgrade", ({ headers }: IncomingMessage, socket: Socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.end(`${headers.origin} ${headers["sec-websocket-key"]}`);
  });
  upstream = await listenOnLoopback(server);
});

afterAll(async () => {
  await upstream.close();
  for (const proxy of running) {
    proxy.kill("SIGTERM");
    if (proxy.exitCode === null) await once(proxy, "exit");
  }
  await rm(folder, { recursive: true, force: true });
});

describe.each([NGINX, CADDY].filter(isInstalled))("the guide's $name", (guide) => {
  let port: number;

  beforeAll(async () => {
    port = await startProxy(guide);
  });

  it("takes the headers of the largest sign-in", async () => {
    expect((await ask(port, "/sign-in")).status).toBe(303);
  });

  it("passes on the host with its port, the client's address, and paths and queries as they came", async () => {
    const path = "/api/notes/C%23/what%3F/a%2Fb/%25?q=%2F..%2F&r=a%20b";
    const answer = await ask(port, path, { headers: { host: "app.example:8443" } });
    expect(JSON.parse(answer.body)).toEqual({
      url: path,
      host: "app.example:8443",
      forwardedFor: "127.0.0.1",
    });
  });

  it("takes an address of 16 KiB beside all our cookies", async () => {
    const path = `/?${"q".repeat(16 * 1024 - 2)}`;
    const answer = await ask(port, path, { headers: { cookie: "c".repeat(7500) } });
    expect([answer.status, (JSON.parse(answer.body) as { url: string }).url.length]).toEqual([
      200,
      16 * 1024,
    ]);
  });

  it("passes events on as they come", async () => {
    const outgoing = request({ host: "127.0.0.1", port, path: "/events", agent: false });
    outgoing.end();
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    const [chunk] = (await once(incoming, "data")) as [Buffer];
    expect(chunk.toString()).toBe("data: 1\n\n");
    outgoing.destroy();
  });

  it("lets a WebSocket through, with its origin", async () => {
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      origin: "https://app.example",
      "sec-websocket-key": "k",
    };
    const outgoing = request({ host: "127.0.0.1", port, path: "/api/live", agent: false, headers });
    outgoing.end();
    const [incoming, socket, first] = (await once(outgoing, "upgrade")) as [IncomingMessage, Socket, Buffer];
    expect(incoming.statusCode).toBe(101);
    expect(first.toString() + (await text(socket))).toBe("https://app.example k");
  });

  it("passes on the answer to an upload that is refused early", async () => {
    const outgoing = request({
      host: "127.0.0.1",
      port,
      path: "/upload",
      method: "POST",
      agent: false,
      headers: { "content-length": 50 * 1024 * 1024 },
    });
    outgoing.on("error", () => undefined);
    outgoing.write(Buffer.alloc(1024 * 1024));
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(incoming.statusCode).toBe(413);
    outgoing.destroy();
  });
});

describe.skipIf(!isInstalled(NGINX))("nginx by itself", () => {
  it("doesn't take the headers of the largest sign-in: the guide's buffers are needed", async () => {
    const plain = await startProxy(NGINX, (config) =>
      config.replaceAll(/^.*proxy_(?:busy_)?buffer(?:s|_size|s_size).*$/gmu, ""),
    );
    expect((await ask(plain, "/sign-in")).status).toBe(502);
  });
});
