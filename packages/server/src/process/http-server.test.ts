import type { RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "./http-server.ts";

const SECURITY_HEADERS = [["x-content-type-options", "nosniff"]] as const;
const servers: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
});

async function start(
  listener: RequestListener,
  maxConnections = 100,
): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer({ listener, maxConnections, securityHeaders: SECURITY_HEADERS });
  servers.push(server);
  await server.listen({ port: 0, host: "127.0.0.1" });
  return { server, port: (server.raw.address() as AddressInfo).port };
}

/** Sends bytes and answers all that comes back until the connection closes. */
function sendRaw(port: number, bytes: string, afterFirstAnswer?: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      if (answer === "" && afterFirstAnswer !== undefined) socket.write(afterFirstAnswer);
      answer += chunk.toString();
    });
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
  });
}

const answerOk: RequestListener = (_request, response) => response.end("ok");

describe("whoever waits until requests are answered", () => {
  /** Requests stay open until the test answers them by their path. */
  async function startHeld() {
    const held = new Map<string, () => void>();
    const arrived: (() => void)[] = [];
    const { server, port } = await start((request, response) => {
      held.set(request.url ?? "", () => response.end("ok"));
      for (const notify of arrived.splice(0)) notify();
    });
    async function ask(path: string): Promise<Promise<string>[]> {
      const next = new Promise<void>((resolve) => arrived.push(resolve));
      const answer = sendRaw(port, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
      await next;
      return [answer];
    }
    async function answer(path: string, [answering]: readonly Promise<string>[]): Promise<void> {
      held.get(path)?.();
      expect(await answering).toContain("200 OK");
    }
    return { server, ask, answer };
  }

  it("waits for those that were under way then, and for those of earlier waits, and for no later one", async () => {
    const { server, ask, answer } = await startHeld();
    const ended: string[] = [];
    const wait = (name: string) => server.answered().then(() => ended.push(name));
    const first = await ask("/1");
    const waits = [wait("first")];
    const second = await ask("/2");
    waits.push(wait("second"));
    const third = await ask("/3");
    await answer("/2", second);
    expect(ended).toEqual([]);
    await answer("/1", first);
    await Promise.all(waits);
    expect(ended.toSorted()).toEqual(["first", "second"]);
    await answer("/3", third);
  });

  it("waits for nothing where nothing is under way", async () => {
    const { server } = await startHeld();
    await expect(Promise.all([server.answered(), server.answered()])).resolves.toHaveLength(2);
  });
});

describe("createHttpServer", () => {
  it.each([
    [
      "431 to 17 KiB of header fields",
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${"a".repeat(17 * 1024)}\r\n\r\n`,
      431,
      "headers_too_large",
    ],
    [
      "431 to 60 KiB of header fields",
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${"a".repeat(60 * 1024)}\r\n\r\n`,
      431,
      "headers_too_large",
    ],
    [
      "414 to an address of more than 16 KiB",
      `GET /?${"a".repeat(17 * 1024)} HTTP/1.1\r\nhost: a\r\n\r\n`,
      414,
      "uri_too_long",
    ],
    ["400 to a line that is no request", "HELLO\r\n\r\n", 400, "bad_request"],
    [
      "417 to an expectation that it doesn't know",
      "GET / HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n",
      417,
      "bad_request",
    ],
    ["400 to a request without a host", "GET / HTTP/1.1\r\nx: a\r\n\r\n", 400, "bad_request"],
    [
      "400 to a bare line feed in a header",
      "GET / HTTP/1.1\r\nhost: a\r\nx: a\nb: c\r\n\r\n",
      400,
      "bad_request",
    ],
    [
      "400 to two lengths",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      400,
      "bad_request",
    ],
    [
      "400 to a length beside chunks",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
      "bad_request",
    ],
    ["400 to NUL in a header", "GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", 400, "bad_request"],
  ])("S-114 S-138 answers %s as a problem and closes", async (_name, bytes, status, code) => {
    const { port } = await start(answerOk);
    const answer = await sendRaw(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain("\r\ncontent-type: application/problem+json\r\n");
    expect(answer).toContain(`\r\ncoatcheck-problem: ${code}\r\n`);
    expect(answer).toContain("\r\nx-content-type-options: nosniff\r\n");
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4))).toMatchObject({ status, code });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("ok");
  });

  describe("to a person whose browser sent too much", () => {
    const DOCUMENT =
      "sec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\naccept: text/html,*/*;q=0.8\r\n";
    const COOKIES = `cookie: other=${"a".repeat(17 * 1024)}\r\n`;
    const LONG = `/?${"a".repeat(17 * 1024)}`;
    const ofPage = (status: 414 | 431) => ({
      status,
      headers: [
        ["content-type", "text/html; charset=UTF-8"],
        ["x-frame-options", "DENY"],
      ] as const,
      body: `<p>${status}</p>`,
    });
    const pages = { headers_too_large: ofPage(431), uri_too_long: ofPage(414) };

    async function answerTo(request: string, headers: string): Promise<readonly unknown[]> {
      const server = createHttpServer({
        listener: answerOk,
        maxConnections: 10,
        securityHeaders: SECURITY_HEADERS,
        pages,
      });
      servers.push(server);
      await server.listen({ port: 0, host: "127.0.0.1" });
      const { port } = server.raw.address() as AddressInfo;
      const answer = await sendRaw(port, `${request} HTTP/1.1\r\nhost: a\r\n${headers}\r\n`);
      expect(answer).toContain("\r\nconnection: close\r\n");
      return [
        Number(answer.split(" ")[1]),
        /\r\ncontent-type: ([^;\r]+)/u.exec(answer)?.[1],
        answer.includes("x-frame-options: DENY"),
      ];
    }

    it.each([
      ["of a browser", DOCUMENT],
      ["by a service worker", "sec-fetch-mode: cors\r\nsec-fetch-dest: empty\r\naccept: text/html\r\n"],
      ["of a browser that sends no Fetch Metadata", "accept: text/html,application/xhtml+xml\r\n"],
    ])("answers a navigation %s with a page", async (_, headers) => {
      expect(await answerTo("GET /", headers + COOKIES)).toEqual([431, "text/html", true]);
      expect(await answerTo(`GET ${LONG}`, headers)).toEqual([414, "text/html", true]);
    });

    it.each([
      ["a script", "GET", "sec-fetch-mode: cors\r\nsec-fetch-dest: empty\r\naccept: */*\r\n"],
      ["a frame", "GET", "sec-fetch-mode: navigate\r\nsec-fetch-dest: iframe\r\naccept: text/html\r\n"],
      ["curl", "GET", "accept: */*\r\n"],
      ["whoever says nothing", "GET", ""],
      ["a form", "POST", DOCUMENT],
    ])("answers %s with a problem", async (_, method, headers) => {
      expect(await answerTo(`${method} /`, headers + COOKIES)).toEqual([
        431,
        "application/problem+json",
        false,
      ]);
      expect(await answerTo(`${method} ${LONG}`, headers)).toEqual([414, "application/problem+json", false]);
    });

    it("answers with a problem where the headers are too large to be known", async () => {
      const huge = `cookie: other=${"a".repeat(60 * 1024)}\r\n`;
      expect(await answerTo("GET /", DOCUMENT + huge)).toEqual([431, "application/problem+json", false]);
    });
  });

  it("takes a request of HTTP/1.0 without a host, as load balancers check", async () => {
    const { port } = await start(answerOk);
    expect(await sendRaw(port, "GET /healthz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("takes an address of 16 KiB beside 16 KiB of header fields", async () => {
    const { port } = await start(answerOk);
    const query = "a".repeat(16 * 1024 - 2);
    const answer = await sendRaw(
      port,
      `GET /?${query} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: ${"b".repeat(16_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("S-138 never writes a refusal into an answer that is under way", async () => {
    const { port } = await start((_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("12345");
    });
    const answer = await sendRaw(port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n", "GARBAGE\r\n\r\n");
    expect(answer.match(/HTTP\/1\.1/g)).toEqual(["HTTP/1.1"]);
  });

  it("S-138 nor where requests came one after the other, and the first has its answer", async () => {
    const { port } = await start(({ url }, response) => {
      if (url === "/1") response.end("first");
      else {
        response.write("sec");
        setTimeout(() => response.end("ond"), 100);
      }
    });
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
    const answer = await sendRaw(port, get("/1") + get("/2"), "nonsense\r\n\r\n");
    expect(answer).toContain("first");
    expect(answer).not.toContain("400");
  });

  it("keeps idle connections for longer than load balancers do", async () => {
    const { port } = await start(answerOk);
    const { headers } = await fetch(`http://127.0.0.1:${port}/`);
    expect(headers.get("keep-alive")).toBe("timeout=75");
  });

  it("says which port is taken", async () => {
    const { port } = await start(answerOk);
    const second = createHttpServer({ listener: answerOk, maxConnections: 10, securityHeaders: [] });
    await expect(second.listen({ port, host: "127.0.0.1" })).rejects.toMatchObject({ code: "port_taken" });
  });

  it("holds no more connections than allowed", async () => {
    const { port } = await start(() => undefined, 2);
    const held = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    expect(await sendRaw(port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n")).toBe("");
    for (const socket of held) socket.destroy();
  });

  it("S-145 lets running requests finish, takes no new ones, and closes idle connections", async () => {
    let finish: (() => void) | undefined;
    const arrived = Promise.withResolvers<void>();
    const { server, port } = await start((request, response) => {
      if (request.url !== "/slow") {
        response.end("fast");
        return;
      }
      finish = () => response.end("slow");
      arrived.resolve();
    });
    const idle = await fetch(`http://127.0.0.1:${port}/`);
    expect(await idle.text()).toBe("fast");
    const slow = fetch(`http://127.0.0.1:${port}/slow`);
    await arrived.promise;
    const closed = server.close(30_000);
    await expect(fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).rejects.toThrow(
      TypeError,
    );
    finish?.();
    expect(await (await slow).text()).toBe("slow");
    expect(await closed).toBe(0);
  });

  it("S-145 cuts off what outlasts the grace, and counts it", async () => {
    const arrived = Promise.withResolvers<void>();
    const { server, port } = await start(() => arrived.resolve());
    const hanging = fetch(`http://127.0.0.1:${port}/`).then(
      () => "answered",
      () => "cut off",
    );
    await arrived.promise;
    expect(await server.close(50)).toBe(1);
    expect(await hanging).toBe("cut off");
  });
});
