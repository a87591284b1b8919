import { createServer as createHttpServer, request } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { InlineConfig, ProxyOptions, ViteDevServer } from "vite";
import { createServer } from "vite";
import { afterEach, describe, expect, it, vi } from "vitest";
import { repositoryRoot } from "./repository-root.ts";

type Proxy = Readonly<Record<string, ProxyOptions>>;

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.resetModules();
  for (const close of open.splice(0)) await close();
});

/** What the guides show. */
async function proxyOfExample(): Promise<Proxy> {
  const path = join(repositoryRoot, "packages/react/examples/vite.config.ts");
  const { default: config } = (await import(path)) as { readonly default: InlineConfig };
  return config.server?.proxy as Proxy;
}

/** What `npm create coatcheck` writes; it is run as it stands, on top of parts that do nothing. */
async function proxyOfTemplate(): Promise<Proxy> {
  const folder = join(repositoryRoot, "packages/create-coatcheck/template/server");
  let config: InlineConfig | undefined;
  vi.doMock("vite", () => ({
    createServer: (given: InlineConfig) => {
      config = given;
      return { listen: () => undefined };
    },
  }));
  vi.doMock("@coatcheck/dev-idp", () => ({ createDevIdp: () => undefined }));
  vi.doMock("@coatcheck/bff/node", () => ({ serve: () => ({ port: 3000 }) }));
  vi.doMock(join(folder, "app.ts"), () => ({ createServerApp: () => ({}), NOTES_RESOURCE: "" }));
  vi.doMock(join(folder, "notes-api.ts"), () => ({ startNotesApi: () => undefined }));
  vi.stubEnv("PUBLIC_ORIGIN", "http://localhost:5173");
  vi.stubEnv("OIDC_ISSUER", "http://localhost:4000");
  const log = vi.spyOn(console, "log").mockReturnValue();
  await import(join(folder, "dev.ts"));
  log.mockRestore();
  vi.unstubAllEnvs();
  return config?.server?.proxy as Proxy;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A development server with these lines, in front of a server that takes every handshake. */
async function startVite(lines: Proxy): Promise<{ readonly port: number; readonly seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const bff = createHttpServer((_, response) => response.end("bff"));
  bff.on("upgrade", (incoming, socket) => {
    seen.push(incoming);
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  });
  const target = `http://127.0.0.1:${await listen(bff)}`;
  open.push(() => new Promise((resolve) => bff.close(resolve)));
  const proxy = Object.fromEntries(
    Object.entries(lines).map(([path, entry]) => [path, { ...entry, target }]),
  );
  const vite: ViteDevServer = await createServer({
    configFile: false,
    root: join(repositoryRoot, "packages/react/examples"),
    logLevel: "silent",
    optimizeDeps: { noDiscovery: true },
    server: { port: 0, host: "127.0.0.1", proxy },
  });
  open.unshift(() => vite.close());
  await vite.listen();
  const address = vite.httpServer?.address() as AddressInfo | undefined;
  return { port: address?.port ?? 0, seen };
}

/** @returns the status that a browser's handshake gets */
function shakeHands(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = {
      host: `localhost:${port}`,
      origin: `http://localhost:${port}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const asking = request({ port, host: "127.0.0.1", path, headers, timeout: 3_000 });
    asking.on("upgrade", ({ statusCode }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    asking.on("response", ({ statusCode }) => resolve(statusCode));
    asking.on("timeout", () => asking.destroy());
    asking.on("error", () => resolve(undefined));
    asking.end();
  });
}

describe.each([
  ["of the guides", proxyOfExample],
  ["of a new app", proxyOfTemplate],
])("the lines for Vite %s", (_, proxyOf) => {
  it("pass a WebSocket of an API on as the browser opened it, and calls", async () => {
    const proxy = await proxyOf();
    vi.doUnmock("vite");
    const { port, seen } = await startVite(proxy);
    expect(await shakeHands(port, "/api/live/rooms/7")).toBe(101);
    expect(seen.map(({ url, headers: { host, origin } }) => [url, host, origin])).toEqual([
      ["/api/live/rooms/7", `localhost:${port}`, `http://localhost:${port}`],
    ]);
    for (const path of ["/api/notes", "/bff/session"])
      expect(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).toBe("bff");
  });
});
