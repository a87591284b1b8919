import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ORIGIN, startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";

const DOCUMENT = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "none" };
const COOKIES = { cookie: `other=${"a".repeat(17 * 1024)}` };
const LONG = `?returnTo=/${"a".repeat(17 * 1024)}`;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ config: { basePath: "/shop" } });
});
afterAll(() => rig.close());

async function ask(path: string, headers: Record<string, string>, method = "GET"): Promise<Response> {
  const { host } = new URL(ORIGIN);
  return rig.bff.app.request(ORIGIN + path, { method, headers: { host, ...headers } });
}

function kindOf(answer: Response) {
  const type = answer.headers.get("content-type")?.split(";")[0];
  return [answer.status, type, answer.headers.get("coatcheck-problem")];
}

describe("a person whose browser sent too much", () => {
  it.each(["/bff/login", "/bff/login/other", "/bff/callback", "/bff/logout/provider"])(
    "reads a page, and what to do, at %s",
    async (path) => {
      for (const headers of [DOCUMENT, { accept: "text/html" }]) {
        const large = await ask(path, { ...headers, ...COOKIES });
        expect(kindOf(large)).toEqual([431, "text/html", "headers_too_large"]);
        expect(large.headers.get("x-request-id")).toMatch(/^[\da-f]+$/u);
        expect(large.headers.get("content-security-policy")).toContain("style-src 'sha256-");
        expect(await large.text()).toMatch(/clear the cookies.*href="\/shop\/"/isu);
        const long = await ask(path + LONG, headers);
        expect(kindOf(long)).toEqual([414, "text/html", "uri_too_long"]);
        expect(await long.text()).toContain('href="/shop/"');
      }
    },
  );

  it.each([
    [
      "a script",
      "/bff/login",
      { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", accept: "text/html" },
      "GET",
    ],
    ["curl", "/bff/login", { accept: "*/*" }, "GET"],
    ["another method", "/bff/login", DOCUMENT, "POST"],
    ["a route for scripts", "/bff/session", DOCUMENT, "GET"],
    ["an API", "/api/open/1", DOCUMENT, "GET"],
    ["a probe", "/healthz", DOCUMENT, "GET"],
  ] as const)("isn't meant where it is %s: that gets the problem", async (_, path, headers, method) => {
    expect(kindOf(await ask(path, { ...headers, ...COOKIES }, method))).toEqual([
      431,
      "application/problem+json",
      "headers_too_large",
    ]);
    expect(kindOf(await ask(path + LONG, headers, method))).toEqual([
      414,
      "application/problem+json",
      "uri_too_long",
    ]);
  });

  it("gets the problem for what else is wrong with a request", async () => {
    expect(kindOf(await ask("/bff/login", { ...DOCUMENT, host: "evil.example" }))).toEqual([
      400,
      "application/problem+json",
      "bad_request",
    ]);
  });
});
