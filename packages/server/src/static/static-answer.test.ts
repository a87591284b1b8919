import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNoncedHtml } from "./nonced-html.ts";
import { answerStatic, type StaticAnswer } from "./static-answer.ts";
import { loadStaticSite, type StaticSite } from "./static-site.ts";

const HTML = `<!doctype html><title>Coats</title>${"<p>coat</p>".repeat(100)}`;
const SCRIPT = `console.log(${"1+".repeat(600)}1)`;
const NAVIGATION = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

let root: string;
let site: StaticSite;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "coatcheck-static-"));
  const web = join(root, "dist");
  await mkdir(join(web, "assets"), { recursive: true });
  await mkdir(join(web, ".git"));
  await writeFile(join(root, "outside.txt"), "outside");
  await writeFile(join(web, "index.html"), HTML);
  await writeFile(join(web, "assets/app-3fa9c2d1.js"), SCRIPT);
  await writeFile(join(web, "assets/app-3fa9c2d1.js.map"), "{}");
  await writeFile(join(web, "assets/font-0c1d2e3f.woff2"), "wOF2");
  await writeFile(join(web, "favicon.svg"), "<svg/>");
  await writeFile(join(web, "service-worker.js"), "self");
  await writeFile(join(web, ".env"), "SECRET=1");
  await writeFile(join(web, ".git/config"), "x");
  await symlink(join(root, "outside.txt"), join(web, "link.txt"));
  site = await loadStaticSite(web);
});

afterAll(() => rm(root, { recursive: true }));

/** As `bff.isPage` decides, roughly; it has tests of its own. */
const isPage = (path: string): boolean => !/^\/(?:bff|api|assets|\.|\/)/u.test(path);

function ask(
  rawTarget: string,
  headers: Record<string, string> = NAVIGATION,
  method = "GET",
): StaticAnswer | undefined {
  return answerStatic(
    { method, rawTarget, headers },
    {
      site,
      isPage,
      htmlHeaders: [["x-kind", "html"]],
      assetHeaders: [["x-kind", "asset"]],
      workerHeaders: [["x-kind", "worker"]],
    },
  );
}

function header(answer: StaticAnswer | undefined, name: string): string | undefined {
  return answer?.headers.find(([key]) => key === name)?.[1];
}

describe("answerStatic", () => {
  it("serves the HTML at / and at paths of the page's router, never cached without asking", () => {
    for (const target of ["/", "/?x=1", "/counter", "/notes/7?sort=asc", "/caf%C3%A9", "/a/", "/@ada"]) {
      const answer = ask(target);
      expect([target, answer?.status, answer?.body.toString()]).toEqual([target, 200, HTML]);
      expect(header(answer, "content-type")).toBe("text/html; charset=utf-8");
      expect(header(answer, "cache-control")).toBe("no-cache");
      expect(header(answer, "x-kind")).toBe("html");
    }
  });

  it("serves hashed assets with their type, to be kept forever", () => {
    const answer = ask("/assets/app-3fa9c2d1.js", {});
    expect(answer?.body.toString()).toBe(SCRIPT);
    expect(header(answer, "content-type")).toBe("text/javascript; charset=utf-8");
    expect(header(answer, "cache-control")).toBe("public, max-age=31536000, immutable");
    expect(header(answer, "x-kind")).toBe("asset");
    expect(header(ask("/assets/font-0c1d2e3f.woff2"), "content-type")).toBe("font/woff2");
    expect(header(ask("/favicon.svg"), "cache-control")).toBe("no-cache");
  });

  it("serves the service worker by headers of its own, never cached without asking", () => {
    const answer = ask("/service-worker.js", {});
    expect([answer?.status, header(answer, "x-kind"), header(answer, "cache-control")]).toEqual([
      200,
      "worker",
      "no-cache",
    ]);
    expect(header(ask("/favicon.svg"), "x-kind")).toBe("asset");
  });

  it("S-122 gives each HTML a nonce of its own, in the page and in its policy, which nobody may keep", async () => {
    const index = {
      ...site.index,
      body: Buffer.from('<meta nonce="coatcheck-style-nonce"><style nonce="coatcheck-style-nonce">'),
    };
    const newHtml = createNoncedHtml(index, (nonce) => [["x-nonce", nonce]]);
    const answers = ["/", "/counter", "/"].map((rawTarget) =>
      answerStatic(
        {
          method: "GET",
          rawTarget,
          headers: { ...NAVIGATION, "if-none-match": "*", "accept-encoding": "br" },
        },
        { site: { ...site, index }, isPage, htmlHeaders: [], assetHeaders: [], workerHeaders: [], newHtml },
      ),
    );
    const nonces = answers.map((answer) => header(answer, "x-nonce") ?? "");
    expect(new Set(nonces).size).toBe(3);
    for (const [position, answer] of answers.entries()) {
      const nonce = nonces[position] ?? "";
      expect(nonce).toMatch(/^[\w-]{22}$/u);
      expect(answer?.body.toString()).toBe(`<meta nonce="${nonce}"><style nonce="${nonce}">`);
      expect([answer?.status, header(answer, "cache-control"), header(answer, "etag")]).toEqual([
        200,
        "no-store",
        undefined,
      ]);
    }
  });

  it("doesn't start with a nonce that the HTML has no place for", () => {
    expect(() => createNoncedHtml(site.index, () => [])).toThrow(
      expect.objectContaining({ code: "web_missing" }),
    );
  });

  it("S-120 never sets a cookie and lets only hashed assets be kept", () => {
    for (const target of ["/", "/counter", "/favicon.svg", "/assets/app-3fa9c2d1.js"]) {
      expect(header(ask(target), "set-cookie")).toBeUndefined();
    }
  });

  it.each([
    ["br", "gzip, deflate, br", "br"],
    ["gzip alone", "gzip", "gzip"],
    ["anything", "*", "br"],
    ["br refused", "br;q=0, gzip;q=0.5", "gzip"],
    ["all refused", "br;q=0, gzip;q=0.000", undefined],
    ["nothing named", "", undefined],
    ["others", "zstd, identity", undefined],
  ])("compresses for who accepts %s", (_name, acceptEncoding, coding) => {
    const answer = ask("/", { ...NAVIGATION, "accept-encoding": acceptEncoding });
    expect(header(answer, "content-encoding")).toBe(coding);
    expect(header(answer, "vary")).toBe("accept-encoding");
    expect(header(answer, "content-length")).toBe(String(answer?.body.length));
    const body = answer?.body ?? Buffer.alloc(0);
    const plain = coding === "br" ? brotliDecompressSync(body) : coding === "gzip" ? gunzipSync(body) : body;
    expect(plain.toString()).toBe(HTML);
  });

  it("leaves fonts and tiny files as they are", () => {
    expect(
      header(ask("/assets/font-0c1d2e3f.woff2", { "accept-encoding": "br" }), "content-encoding"),
    ).toBeUndefined();
  });

  it("answers 304 without a body where the browser has it", () => {
    const etag = header(ask("/"), "etag") ?? "";
    for (const known of [etag, `"x", ${etag}`, "*", etag.replace("W/", "")]) {
      const answer = ask("/", { ...NAVIGATION, "if-none-match": known });
      expect([answer?.status, answer?.body.length, header(answer, "etag")]).toEqual([304, 0, etag]);
      expect(header(answer, "x-kind")).toBe("html");
    }
    expect(ask("/", { ...NAVIGATION, "if-none-match": 'W/"other"' })?.status).toBe(200);
  });

  it("answers HEAD with the headers of GET", () => {
    const answer = ask("/", NAVIGATION, "HEAD");
    expect([answer?.status, answer?.body.length, header(answer, "content-length")]).toEqual([
      200,
      0,
      String(HTML.length),
    ]);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])("leaves %s to the BFF", (method) => {
    expect(ask("/", NAVIGATION, method)).toBeUndefined();
  });

  it("S-124 S-125 answers with the page only where the BFF says that a page is", () => {
    const asked: string[] = [];
    const answers = ["/bff/session", "/api/x.css", "/.env", "//etc/passwd", "/assets/../../outside.txt"].map(
      (target) =>
        answerStatic(
          { method: "GET", rawTarget: `${target}?x=/`, headers: NAVIGATION },
          {
            site,
            isPage: (path) => asked.push(path) === 0,
            htmlHeaders: [],
            assetHeaders: [],
            workerHeaders: [],
          },
        ),
    );
    expect(answers).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(asked).toEqual([
      "/bff/session",
      "/api/x.css",
      "/.env",
      "//etc/passwd",
      "/assets/../../outside.txt",
    ]);
  });

  it.each([
    "/../outside.txt",
    "/assets/../../outside.txt",
    "/assets/..%2f..%2foutside.txt",
    "/%2e%2e/outside.txt",
    "/..%5coutside.txt",
    "/.env",
    "/.git/config",
    "/link.txt",
    "/assets/app-3fa9c2d1.js.map",
    "/assets/app-3fa9c2d1.js/",
    "/assets%2fapp-3fa9c2d1.js",
    "/assets//app-3fa9c2d1.js",
    "/assets/app-3fa9c2d1.js%00",
    "/ASSETS/app-3fa9c2d1.js",
    "/index.html",
  ])("S-125 has no file at %s", (target) => {
    expect(ask(target, {})).toBeUndefined();
  });

  const STATE = "aB3-_".repeat(4) + "xy";
  it.each([
    [`/?state=${STATE}`, "/"],
    [`/?state=${STATE}&lang=de`, "/?lang=de"],
    [`/?lang=de&state=${STATE}&a=1`, "/?lang=de&a=1"],
  ])("S-097 takes what a provider hands back after a sign-out out of the address: %s", (target, location) => {
    for (const site of ["cross-site", "same-site"]) {
      const answer = ask(target, { ...NAVIGATION, "sec-fetch-site": site });
      expect([answer?.status, header(answer, "location"), answer?.body.length]).toEqual([303, location, 0]);
      expect(header(answer, "cache-control")).toBe("no-store");
    }
    expect(header(ask(target, { accept: "text/html" }), "location")).toBe(location);
  });

  it.each([
    [`/?state=${STATE}`, "same-origin"],
    [`/?state=${STATE}`, "none"],
    ["/?state=open", "cross-site"],
    [`/?restate=${STATE}`, "cross-site"],
    [`/?state=${STATE}x`, "cross-site"],
    [`/counter?state=${STATE}`, "cross-site"],
    ["/", "cross-site"],
  ])("leaves the page its own addresses: %s (%s)", (target, site) => {
    expect(ask(target, { ...NAVIGATION, "sec-fetch-site": site })?.status).toBe(200);
  });

  it("S-125 sends nothing but what was built, whatever is asked", () => {
    const piece = fc.constantFrom(
      "..",
      ".",
      "%2e%2e",
      "%2f",
      "%5c",
      "/",
      "\\",
      "//",
      "assets",
      "outside.txt",
      ".env",
      "api",
      "a",
      ";",
      "%00",
      "?",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const body = ask(`/${pieces.join("")}`)?.body.toString();
        expect([undefined, HTML]).toContain(body);
      }),
    );
  });

  it.each([
    ["a fetch", { "sec-fetch-mode": "cors", accept: "text/html" }],
    ["a frame", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
    ["a script", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }],
    ["a program that takes anything", { accept: "*/*" }],
  ])("doesn't answer %s with the page", (_name, headers) => {
    expect(ask("/counter", headers)).toBeUndefined();
  });

  it("answers browsers without Fetch Metadata by what they accept", () => {
    expect(ask("/counter", { accept: "text/html,application/xhtml+xml" })?.status).toBe(200);
  });
});

describe("loadStaticSite", () => {
  it("says what to do where there is no built page", async () => {
    await expect(loadStaticSite(join(root, "nowhere"))).rejects.toMatchObject({ code: "web_missing" });
    await expect(loadStaticSite(join(root, "dist/assets"))).rejects.toMatchObject({ code: "web_missing" });
  });
});
