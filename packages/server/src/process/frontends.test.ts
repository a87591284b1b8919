import { randomBytes } from "node:crypto";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, request as sendRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, listenOnLoopback } from "@coatcheck/testkit/node";
import { createDevIdp, signInByForm, type DevIdp } from "@coatcheck/dev-idp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { startServer, type StartedServer } from "./start-server.ts";

const NAVIGATION = {
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};
const SCRIPT = { "x-coatcheck": "1", "sec-fetch-site": "same-origin" };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: string;
let port: number;
let server: StartedServer;
let idps: Readonly<Record<"people" | "staff", DevIdp>>;
const log: Record<string, unknown>[] = [];
const api = createServer((request, response) => {
  response.writeHead(201, { location: "/v1/notes/8", "content-type": "text/plain" }).end(request.url);
});

const live = new WebSocketServer({ server: api });
live.on("connection", (socket, { url }) => socket.close(4000, url));

/** Sends a request as it stands, to whatever host it names. */
function send(
  host: string,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sendRequest({ host: "127.0.0.1", port, path, method, headers: { host, ...headers } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on("error", reject)
      .end();
  });
}

/** Sends a head as it stands. @returns everything that came back until the other side closed */
function sendRaw(head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    connect(port, "127.0.0.1")
      .setEncoding("latin1")
      .on("data", (text: string) => (answer += text))
      .on("close", () => resolve(answer))
      .on("error", reject)
      .write(head);
  });
}

/** A browser as far as cookies go, on one host: names, values, paths. */
function createJar(host: string) {
  const cookies = new Map<string, { readonly value: string; readonly path: string }>();
  async function ask(path: string, headers: Record<string, string>, method?: string): Promise<Answer> {
    const cookie = Array.from(cookies)
      .filter(([, { path: of }]) => path.startsWith(of))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
    const answer = await send(host, path, cookie === "" ? headers : { ...headers, cookie }, method);
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      if (line.includes("Max-Age=0")) cookies.delete(name);
      else cookies.set(name, { value, path: /Path=([^;]+)/u.exec(line)?.[1] ?? "/" });
    }
    return answer;
  }
  return {
    cookies,
    navigate: (path: string) => ask(path, NAVIGATION),
    call: (path: string, method?: string) => ask(path, SCRIPT, method),
    async signIn(base: string, returnTo: string): Promise<Answer> {
      const begun = await ask(`${base}/bff/login?returnTo=${encodeURIComponent(returnTo)}`, NAVIGATION);
      const callback = new URL(
        await signInByForm({
          authorizationUrl: begun.headers.location ?? "",
          username: "ada",
          password: "ticket",
        }),
      );
      expect(callback.pathname).toBe(`${base}/bff/callback`);
      return ask(callback.pathname + callback.search, { ...NAVIGATION, "sec-fetch-site": "cross-site" });
    },
    async viewOf(base: string): Promise<unknown> {
      return JSON.parse((await ask(`${base}/bff/session`, SCRIPT)).body);
    },
  };
}

function shopHost(): string {
  return `localhost:${port}`;
}

function otherHost(): string {
  return `127.0.0.1:${port}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-frontends-"));
  for (const name of ["shop", "admin", "help", "other"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "index.html"), `<!doctype html><title>${name}</title>`);
  }
  port = await freePort();
  const clientSecret = randomBytes(16).toString("base64url");
  const clientOf = (clientId: string, ...places: readonly string[]) => ({
    clientId,
    clientSecret,
    redirectUris: places.map((place) => `${place}/bff/callback`),
    postLogoutRedirectUris: places.map((place) => `${place}/`),
  });
  const shop = `http://localhost:${port}`;
  idps = {
    people: await createDevIdp({
      clients: [clientOf("shop", shop, `${shop}/help`, `http://127.0.0.1:${port}`)],
    }),
    staff: await createDevIdp({ clients: [clientOf("admin", `${shop}/admin`)] }),
  };
  const upstream = `${(await listenOnLoopback(api)).origin}/v1`;
  server = await startServer(
    {
      publicOrigin: shop,
      dangerouslyAllowHttp: "loopback",
      cookieKeys: [randomBytes(32).toString("base64url")],
      provider: { issuer: idps.people.issuer, clientId: "shop", clientSecret },
      routes: [],
      frontends: {
        shop: { webRoot: join(folder, "shop") },
        admin: {
          basePath: "/admin",
          webRoot: join(folder, "admin"),
          provider: { issuer: idps.staff.issuer, clientId: "admin", clientSecret },
          routes: [
            { prefix: "/api/notes", upstream: `${upstream}/notes` },
            { prefix: "/api/live", upstream: `${upstream}/live`, websocket: true },
          ],
        },
        // The same client of the same provider as the shop.
        help: { basePath: "/help", webRoot: join(folder, "help") },
        other: { publicOrigin: `http://127.0.0.1:${port}`, webRoot: join(folder, "other") },
      },
      server: { instances: 1, port, ledgerFile: join(folder, "ledger.sqlite") },
    },
    { log: (line) => void log.push(line) },
  );
});
afterAll(async () => {
  await server.close();
  await Promise.all(Object.values(idps).map((idp) => idp.close()));
  api.close();
  await rm(folder, { recursive: true });
});

describe("several frontends in one server", () => {
  it.each([
    ["/", "shop"],
    ["/notes/7", "shop"],
    ["/administration", "shop"],
    ["/admin", "admin"],
    ["/admin/", "admin"],
    ["/admin/notes/7", "admin"],
  ])("answers %s with the page of %s", async (path, name) => {
    const page = await send(shopHost(), path, NAVIGATION);
    expect([page.status, page.body]).toEqual([200, `<!doctype html><title>${name}</title>`]);
    const base = name === "admin" ? "/admin" : "";
    expect(page.headers["content-security-policy"]).toContain(`report-uri ${base}/bff/csp-report`);
  });

  it.each([
    ["/admin/api/live/7?x=1", 4000, "/v1/live/7?x=1"],
    ["/api/live/7", 404, "unknown_route"],
    ["/help/api/live/7", 404, "unknown_route"],
  ])("gives the WebSocket at %s to whom the path belongs", async (path, code, words) => {
    const admin = createJar(shopHost());
    await admin.signIn("/admin", "/");
    const cookie = Array.from(admin.cookies, ([name, { value }]) => `${name}=${value}`).join("; ");
    const headers = { host: shopHost(), origin: `http://${shopHost()}`, cookie };
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    const seen = await new Promise((resolve) => {
      socket.on("close", (closeCode, reason) => resolve([closeCode, reason.toString()]));
      socket.on("unexpected-response", (_, { statusCode, headers: { "coatcheck-problem": problem } }) =>
        resolve([statusCode, problem]),
      );
    });
    expect(seen).toEqual([code, words]);
  });

  it("answers another host with the page of the frontend there", async () => {
    expect((await send(otherHost(), "/", NAVIGATION)).body).toContain("<title>other</title>");
    expect((await send(otherHost(), "/admin/bff/session", SCRIPT)).status).toBe(404);
  });

  it.each([
    ["another host", () => "app.example", "/", 421, "bad_request"],
    ["a host that only begins alike", () => `${shopHost()}0`, "/bff/session", 421, "bad_request"],
    ["no host of any, but a path of one", () => "app.example", "/admin/bff/session", 421, "bad_request"],
    ["a path of the BFF in another spelling", shopHost, "/%61dmin/bff/session", 400, "ambiguous_path"],
    ["a path that leads out again", shopHost, "/admin/../bff/session", 400, "ambiguous_path"],
  ] as readonly (readonly [string, () => string, string, number, string])[])(
    "answers %s with a problem",
    async (_, host, path, status, code) => {
      const answer = await send(host(), path, SCRIPT);
      expect([answer.status, answer.headers["coatcheck-problem"]]).toEqual([status, code]);
    },
  );

  it("has its probes at any host, and is ready when all frontends are", async () => {
    expect((await send("10.0.0.7", "/healthz")).status).toBe(200);
    const ready = await send("10.0.0.7", "/readyz");
    expect([ready.status, JSON.parse(ready.body)]).toMatchObject([
      200,
      { isReady: true, frontends: { shop: { isReady: true }, admin: {}, other: {} } },
    ]);
  });

  it.each([
    ["GET", "/healthz", 200, /^\{"status":"ok"\}$/u],
    ["HEAD", "/healthz", 200, /^$/u],
    ["GET", "/readyz", 200, /"frontends":\{"shop":\{"isReady":true/u],
    ["HEAD", "/readyz", 200, /^$/u],
    ["GET", "/admin/healthz", 200, /^\{"status":"ok"\}$/u],
    ["HEAD", "/admin/readyz", 200, /^$/u],
    ["POST", "/admin/healthz", 400, /"bad_request"/u],
    ["GET", "/admin/bff/session", 421, /"bad_request"/u],
    ["GET", "/admin/", 421, /"bad_request"/u],
    ["GET", "/", 421, /"bad_request"/u],
  ] as const)(
    "answers %s %s without a host, as load balancers check, with %i",
    async (method, path, status, words) => {
      for (const host of ["", "Host: \r\n"]) {
        const answer = await sendRaw(`${method} ${path} HTTP/1.0\r\n${host}\r\n`);
        const [head = "", body = ""] = answer.split("\r\n\r\n");
        expect([head.split(" ")[1], body]).toEqual([String(status), expect.stringMatching(words)]);
      }
    },
  );

  it.each([
    [431, "headers_too_large", "/", { cookie: `other=${"a".repeat(17 * 1024)}` }, /clear the cookies/iu],
    [414, "uri_too_long", `/?${"a".repeat(17 * 1024)}`, {}, /longer than this site takes/iu],
  ] as const)(
    "answers a person with a page that says what to do: %i",
    async (status, code, path, extra, words) => {
      const page = await send(shopHost(), path, { ...NAVIGATION, ...extra });
      expect([page.status, page.headers["coatcheck-problem"], page.body]).toEqual([
        status,
        code,
        expect.stringMatching(words),
      ]);
      expect(page.body).toContain('href="/"');
      expect(page.headers).toMatchObject({
        "content-type": expect.stringMatching(/^text\/html/u),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "content-security-policy": expect.stringMatching(/^default-src 'none'; style-src 'sha256-/u),
      });
      const problem = await send(shopHost(), path, { ...SCRIPT, ...extra });
      expect([problem.status, JSON.parse(problem.body)]).toMatchObject([status, { code }]);
    },
  );

  it("signs in at each frontend's own provider, keeps both sessions apart, and ends one alone", async () => {
    const browser = createJar(shopHost());
    const shop = await browser.signIn("", "/notes/7?a=1#top");
    expect(shop.headers.location).toBe("/notes/7?a=1#top");
    const admin = await browser.signIn("/admin", "/admin/reports?a=1#top");
    expect([admin.status, admin.headers.location]).toEqual([303, "/admin/reports?a=1#top"]);
    const names = Array.from(browser.cookies.keys(), (name) => name.replace(/[0-9a-f]{8}$/u, ""));
    expect(names.toSorted()).toEqual([
      `coatcheck-${port}-`,
      `coatcheck-${port}-logout`,
      `coatcheck.admin.-${port}-`,
      `coatcheck.admin.-${port}-logout`,
    ]);
    expect(browser.cookies.get(`coatcheck.admin.-${port}-logout`)?.path).toBe("/admin/bff/logout");
    expect(await browser.viewOf("")).toMatchObject({ state: "active" });
    expect(await browser.viewOf("/admin")).toMatchObject({ state: "active" });

    const signedOut = await browser.call("/admin/bff/logout", "POST");
    expect(JSON.parse(signedOut.body)).toEqual({ next: "/admin/" });
    expect(await browser.viewOf("/admin")).toMatchObject({ state: "anonymous" });
    expect(await browser.viewOf("")).toMatchObject({ state: "active" });
    expect(Array.from(browser.cookies.keys()).filter((name) => name.includes(".admin"))).toEqual([]);
  });

  it.each(["/notes/7", "//evil.example", "/admin/bff/session"])(
    "sends nobody of the frontend at /admin back to %s",
    async (returnTo) => {
      const end = await createJar(shopHost()).signIn("/admin", returnTo);
      expect(end.headers.location).toBe("/admin/");
    },
  );

  it.each([
    ["", "/help", shopHost, shopHost],
    ["/help", "", shopHost, shopHost],
    ["", "/admin", shopHost, shopHost],
    ["/admin", "", shopHost, shopHost],
    ["", "", shopHost, otherHost],
  ] as readonly (readonly [string, string, () => string, () => string])[])(
    "S-132: a session of the frontend at %j opens none at %j, under that one's name either",
    async (from, to, fromHost, toHost) => {
      const browser = createJar(fromHost());
      await browser.signIn(from, `${from}/`);
      const stolen = createJar(toHost());
      const stem = `coatcheck${to === "" ? "" : `${to.replace("/", ".")}.`}-${port}-`;
      for (const [name, cookie] of browser.cookies) {
        if (/-[0-9a-f]{8}$/u.test(name)) stolen.cookies.set(stem + name.slice(-8), { ...cookie, path: "/" });
      }
      expect(stolen.cookies.size).toBe(1);
      expect(await stolen.viewOf(to)).toMatchObject({ state: "anonymous", reason: "unreadable" });
    },
  );

  it("S-074: lets no script of another frontend's origin call", async () => {
    const browser = createJar(shopHost());
    await browser.signIn("/admin", "/admin/");
    const cookie = Array.from(browser.cookies, ([name, { value }]) => `${name}=${value}`).join("; ");
    for (const headers of [
      { origin: `http://${otherHost()}` },
      { "sec-fetch-site": "same-site", origin: `http://${otherHost()}` },
      { "sec-fetch-site": "cross-site", origin: "https://app.example" },
    ]) {
      const refused = await send(
        shopHost(),
        "/admin/bff/logout",
        { "x-coatcheck": "1", cookie, ...headers },
        "POST",
      );
      expect([refused.status, refused.headers["coatcheck-problem"]]).toEqual([403, "guard_refused"]);
    }
    expect(await browser.viewOf("/admin")).toMatchObject({ state: "active" });
  });

  it("has each frontend's API routes below its own path, the places that an API names, too", async () => {
    const browser = createJar(shopHost());
    await browser.signIn("/admin", "/admin/");
    const created = await browser.call("/admin/api/notes/7", "POST");
    expect([created.status, created.body, created.headers.location]).toEqual([
      201,
      "/v1/notes/7",
      "/admin/api/notes/8",
    ]);
    expect((await browser.call("/api/notes/7")).status).toBe(404);
  });

  it("comes back from the provider's sign-out to its own start, without the state", async () => {
    const browser = createJar(shopHost());
    await browser.signIn("/admin", "/admin/");
    const back = await send(shopHost(), `/admin/?state=${"a".repeat(22)}`, {
      ...NAVIGATION,
      "sec-fetch-site": "cross-site",
    });
    expect([back.status, back.headers.location]).toEqual([303, "/admin/"]);
    expect((await browser.navigate("/admin/bff/logout/provider")).headers.location).toContain(
      encodeURIComponent(`http://${shopHost()}/admin/`),
    );
  });

  it("has a frontend's name in its lines of the log", () => {
    const of = (frontend: string) =>
      log.filter((line) => line["frontend"] === frontend && line["event"] === "sign_in");
    expect([of("admin").length > 0, of("shop").length > 0]).toEqual([true, true]);
  });
});
