import { SignJWT } from "jose";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNotesApi, type NotesApiOptions } from "./create-notes-api.ts";
import { AUDIENCE, startTokenMint, type TokenMint } from "./token-mint.fixture.ts";

let mint: TokenMint;
beforeAll(async () => {
  mint = await startTokenMint();
});
afterAll(() => mint.close());

function createApi(changes: Partial<NotesApiOptions> = {}) {
  const { issuer, jwksUri } = mint;
  return createNotesApi({ issuer, jwksUri, audience: AUDIENCE, database: ":memory:", ...changes });
}

async function get(api: ReturnType<typeof createApi>, authorization?: string) {
  return api.request("/v1", authorization === undefined ? {} : { headers: { authorization } });
}

describe("the notes API", () => {
  it("accepts a token of its issuer for itself", async () => {
    const answer = await get(createApi(), `Bearer ${await mint.mint()}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({ notes: [], total: 0 });
  });

  it("accepts a token that is for several audiences, itself among them", async () => {
    const answer = await get(createApi(), `Bearer ${await mint.mint({ aud: ["other", AUDIENCE] })}`);
    expect(answer.status).toBe(200);
  });

  it.each([
    { authorization: undefined },
    { authorization: "Basic YWRhOnRpY2tldA==" },
    { authorization: "DPoP x" },
  ])("challenges $authorization without an error code", async ({ authorization }) => {
    const answer = await get(createApi(), authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="notes"');
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  it("does not look for tokens in the URL", async () => {
    const answer = await createApi().request(`/v1?access_token=${await mint.mint()}`);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="notes"');
  });

  it.each(["Bearer", "Bearer a b", "Bearer %00"])(
    "answers 400 to the malformed header %j",
    async (header) => {
      const answer = await get(createApi(), header);
      expect(answer.status).toBe(400);
      expect(answer.headers.get("www-authenticate")).toContain('error="invalid_request"');
    },
  );

  const seconds = () => Math.floor(Date.now() / 1000);
  it.each<{ name: string; token: () => Promise<string> }>([
    { name: "an expired token", token: () => mint.mint({ exp: seconds() - 6 }) },
    { name: "a token of another issuer", token: () => mint.mint({ iss: "https://other.example" }) },
    { name: "a token for another API", token: () => mint.mint({ aud: "https://other.example" }) },
    { name: "a token not valid yet", token: () => mint.mint({ nbf: seconds() + 60 }) },
    { name: "an ID token", token: () => mint.mint({}, { typ: "JWT" }) },
    { name: "a logout token", token: () => mint.mint({}, { typ: "logout+jwt" }) },
    { name: "a token without type", token: () => mint.mint({}, { typ: undefined }) },
    { name: "a token without expiry", token: () => mint.mint({ exp: undefined }) },
    { name: "a token that names nobody", token: () => mint.mint({ sub: undefined }) },
    { name: "a token that names an empty person", token: () => mint.mint({ sub: "" }) },
    { name: "a token signed by another key", token: () => mint.forge() },
    { name: "a token with an unknown key id", token: () => mint.mint({}, { kid: "two" }) },
    { name: "an opaque token", token: async () => "opaque-token" },
    { name: "three parts of nonsense", token: async () => "a.b.c" },
    {
      name: "an unsigned token",
      token: async () => {
        const [, payload = ""] = (await mint.mint()).split(".");
        return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.${payload}.`;
      },
    },
    {
      name: "a token signed with a shared secret",
      token: () =>
        new SignJWT({ sub: "ada", scope: "notes:read" })
          .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "one" })
          .setIssuer(mint.issuer)
          .setAudience(AUDIENCE)
          .setExpirationTime("1 minute")
          .sign(new TextEncoder().encode("s".repeat(32))),
    },
  ])("refuses $name as invalid_token, without repeating it", async ({ token }) => {
    const presented = await token();
    const answer = await get(createApi(), `Bearer ${presented}`);
    expect(answer.status).toBe(401);
    const challenge = answer.headers.get("www-authenticate") ?? "";
    expect(challenge).toMatch(/^Bearer realm="notes", error="invalid_token", error_description="[^"]+"$/);
    expect(challenge + (await answer.text())).not.toContain(presented);
  });

  it.each([
    { method: "GET", path: "/v1", scope: "notes:write", needed: "notes:read" },
    { method: "GET", path: "/v1/1", scope: "notes:write", needed: "notes:read" },
    { method: "POST", path: "/v1", scope: "notes:read", needed: "notes:write" },
    { method: "PUT", path: "/v1/1", scope: "notes:read", needed: "notes:write" },
    { method: "DELETE", path: "/v1/1", scope: "notes:read notes:writer", needed: "notes:write" },
    { method: "GET", path: "/v1", scope: undefined, needed: "notes:read" },
  ])("answers 403 to $method $path with scope $scope, and names the one it needs", async (request) => {
    const authorization = `Bearer ${await mint.mint({ scope: request.scope })}`;
    const answer = await createApi().request(request.path, {
      method: request.method,
      headers: { authorization },
    });
    expect(answer.status).toBe(403);
    const challenge = answer.headers.get("www-authenticate");
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain(`scope="${request.needed}"`);
  });

  it("finds the keys by the issuer's metadata where no address is given", async () => {
    const { issuer } = mint;
    const api = createNotesApi({ issuer, audience: AUDIENCE, database: ":memory:" });
    expect((await get(api, `Bearer ${await mint.mint()}`)).status).toBe(200);
  });

  it("asks for keys once for many calls, and not again for each unknown key id", async () => {
    const api = createApi();
    const before = mint.jwksRequests();
    const good = `Bearer ${await mint.mint()}`;
    await Promise.all(Array.from({ length: 10 }, () => get(api, good)));
    const odd = `Bearer ${await mint.mint({}, { kid: "two" })}`;
    for (let call = 0; call < 5; call += 1) expect((await get(api, odd)).status).toBe(401);
    expect(mint.jwksRequests() - before).toBe(1);
  });

  it.each([{ jwksUri: undefined }, { jwksUri: "keys" }])(
    "answers 503 while keys can't be had (address: $jwksUri), and recovers by itself",
    async ({ jwksUri }) => {
      const { issuer } = mint;
      const api = createNotesApi({
        issuer,
        audience: AUDIENCE,
        database: ":memory:",
        ...(jwksUri === undefined ? {} : { jwksUri: mint.jwksUri }),
      });
      const authorization = `Bearer ${await mint.mint()}`;
      mint.breakWith(500);
      try {
        const answer = await get(api, authorization);
        expect(answer.status).toBe(503);
        expect(answer.headers.get("retry-after")).toBe("5");
        expect(answer.headers.get("www-authenticate")).toBeNull();
      } finally {
        mint.breakWith(undefined);
      }
      expect((await get(api, authorization)).status).toBe(200);
    },
  );

  it("answers 503 when nobody listens where the keys should be", async () => {
    const gone = await startTokenMint();
    await gone.close();
    const api = createApi({ jwksUri: gone.jwksUri });
    expect((await get(api, `Bearer ${await mint.mint()}`)).status).toBe(503);
  });

  it("does not trust metadata of another issuer", async () => {
    const other = `${mint.issuer}/tenant`;
    const api = createNotesApi({ issuer: other, audience: AUDIENCE, database: ":memory:" });
    expect((await get(api, `Bearer ${await mint.mint({ iss: other })}`)).status).toBe(503);
  });

  it("grants no CORS", async () => {
    const answer = await createApi().request("/v1", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "GET" },
    });
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("says that it is healthy without a token", async () => {
    expect((await createApi().request("/healthz")).status).toBe(200);
  });

  it("answers 400 or 401 to whatever stands in the Authorization header, never anything else", async () => {
    const api = createApi();
    const printable = fc.string({ unit: "grapheme-ascii", maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(printable, fc.constantFrom("", "Bearer ", "bearer "), async (rest, scheme) => {
        const { status } = await get(api, scheme + rest);
        expect([400, 401]).toContain(status);
      }),
    );
  });
});
