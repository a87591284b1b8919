import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNotesApi } from "./create-notes-api.ts";
import type { Note, NotePage } from "./note.ts";
import { AUDIENCE, startTokenMint, type TokenMint } from "./token-mint.fixture.ts";

const START = Date.parse("2026-11-21T14:09:00Z");
let mint: TokenMint;
let now = START;
let api: ReturnType<typeof createNotesApi>;
const tokens = new Map<string, string>();

function create(changes: { seed?: boolean; database?: string } = {}) {
  const { issuer, jwksUri } = mint;
  return createNotesApi({
    issuer,
    jwksUri,
    audience: AUDIENCE,
    database: ":memory:",
    nowMs: () => now,
    ...changes,
  });
}

beforeAll(async () => {
  mint = await startTokenMint();
  for (const sub of ["ada", "ines", "jonas"]) {
    tokens.set(sub, await mint.mint({ sub, iat: START / 1000, exp: START / 1000 + 1e6 }));
  }
});
afterAll(() => mint.close());
beforeEach(() => {
  now = START;
  api = create();
});

interface Call {
  readonly as?: string;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function call(method: string, path: string, { as = "ada", json, headers = {}, body }: Call = {}) {
  return api.request(path, {
    method,
    headers: {
      authorization: `Bearer ${tokens.get(as)}`,
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(body === undefined ? {} : { body }),
  });
}

async function add(title: string, body = "", as = "ada"): Promise<Note> {
  now += 1000;
  return (await (await call("POST", "/v1", { as, json: { title, body } })).json()) as Note;
}

async function list(query = "", as = "ada"): Promise<NotePage> {
  const answer = await call("GET", `/v1${query}`, { as });
  expect(answer.status).toBe(200);
  return (await answer.json()) as NotePage;
}

const titles = (page: NotePage) => page.notes.map((note) => note.title);

describe("notes", () => {
  it("are created with an address, a version and an entity tag", async () => {
    const answer = await call("POST", "/v1", { json: { title: "Seat numbers", body: "Row 14" } });
    expect(answer.status).toBe(201);
    const note = (await answer.json()) as Note;
    expect(note).toEqual({
      id: note.id,
      title: "Seat numbers",
      body: "Row 14",
      createdAt: START,
      updatedAt: START,
      version: 1,
    });
    expect(answer.headers.get("location")).toBe(`/v1/${note.id}`);
    expect(answer.headers.get("etag")).toBe('"1"');
    expect(await (await call("GET", `/v1/${note.id}`)).json()).toEqual(note);
  });

  it("are made once for one idempotency key, however often the request is sent, and once a person", async () => {
    const headers = { "idempotency-key": "k-1" };
    const make = (title: string, as: string) => call("POST", "/v1", { as, headers, json: { title } });
    const first = (await (await make("Umbrella", "ada")).json()) as Note;
    await call("PUT", `/v1/${first.id}`, { json: { title: "Umbrella, black" } });
    const again = await make("Umbrella", "ada");
    expect(again.status).toBe(201);
    expect(await again.json()).toMatchObject({ id: first.id, title: "Umbrella, black", version: 2 });
    expect((await list()).total).toBe(1);
    expect(((await (await make("Umbrella", "ines")).json()) as Note).id).not.toBe(first.id);
  });

  it.each(["a b", "x".repeat(201), "\u00f8"])("refuse a key that is none: %j", async (key) => {
    const answer = await call("POST", "/v1", { headers: { "idempotency-key": key }, json: { title: "x" } });
    expect(answer.status).toBe(400);
  });

  it("come latest change first", async () => {
    const first = await add("first");
    await add("second");
    now += 1000;
    await call("PUT", `/v1/${first.id}`, { json: { title: "first again" } });
    expect(titles(await list())).toEqual(["first again", "second"]);
  });

  it("come in pages that miss none and repeat none, also when several changed at once", async () => {
    for (let count = 0; count < 7; count += 1) {
      await call("POST", "/v1", { json: { title: `note ${count}` } });
    }
    const seen: string[] = [];
    let query = "?limit=3";
    for (;;) {
      const page = await list(query);
      expect(page.total).toBe(7);
      seen.push(...titles(page));
      if (page.nextCursor === undefined) break;
      query = `?limit=3&cursor=${encodeURIComponent(page.nextCursor)}`;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((count) => `note ${count}`));
  });

  it("are found by title or text in any case, with signs taken as they are", async () => {
    await add("Packing, Tromsø", "Wool");
    await add("Discount", "100% wool_mix");
    expect(titles(await list(`?q=${encodeURIComponent("TROMSØ")}`))).toEqual(["Packing, Tromsø"]);
    expect(titles(await list("?q=wool"))).toEqual(["Discount", "Packing, Tromsø"]);
    expect(titles(await list(`?q=${encodeURIComponent("0% W")}`))).toEqual(["Discount"]);
    expect((await list(`?q=${encodeURIComponent("w__l")}`)).total).toBe(0);
  });

  it.each([
    "?limit=0",
    "?limit=101",
    "?limit=x",
    "?cursor=x",
    "?cursor=",
    "?cursor=W10",
    `?q=${"x".repeat(201)}`,
  ])("are not listed for %s: 400 names the field", async (query) => {
    const answer = await call("GET", `/v1${query}`);
    expect(answer.status).toBe(400);
    const { fields } = (await answer.json()) as { fields: { field: string }[] };
    expect(query).toContain(fields[0]?.field);
  });

  it("are replaced, and a repeated request changes nothing more", async () => {
    const { id } = await add("draft");
    now += 5000;
    const replace = () => call("PUT", `/v1/${id}`, { json: { title: "final", body: "text" } });
    const first = (await (await replace()).json()) as Note;
    now += 5000;
    const second = await replace();
    expect(second.headers.get("etag")).toBe('"2"');
    expect(await second.json()).toEqual(first);
    expect(first).toMatchObject({ version: 2, title: "final", updatedAt: START + 6000 });
  });

  it("are kept from a change on top of an older version", async () => {
    const { id } = await add("draft");
    const put = (title: string, version: string) =>
      call("PUT", `/v1/${id}`, { json: { title }, headers: { "if-match": version } });
    expect((await put("mine", '"1"')).status).toBe(200);
    expect((await put("theirs", '"1"')).status).toBe(412);
    expect((await put("mine", '"1"')).status).toBe(200);
    expect((await put("theirs", "2")).status).toBe(412);
    expect((await put("theirs", "*")).status).toBe(200);
    expect(await (await call("GET", `/v1/${id}`)).json()).toMatchObject({ title: "theirs", version: 3 });
  });

  it("are deleted once, and only in the version that was meant", async () => {
    const { id } = await add("gone soon");
    const remove = (headers = {}) => call("DELETE", `/v1/${id}`, { headers });
    expect((await remove({ "if-match": '"9"' })).status).toBe(412);
    expect((await remove({ "if-match": '"1"' })).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await call("GET", `/v1/${id}`)).status).toBe(404);
    expect((await add("new")).id).not.toBe(id);
  });

  it("are nobody else's", async () => {
    const { id } = await add("private", "", "ada");
    expect(await list("", "ines")).toEqual({ notes: [], total: 0 });
    expect((await call("GET", `/v1/${id}`, { as: "ines" })).status).toBe(404);
    expect((await call("PUT", `/v1/${id}`, { as: "ines", json: { title: "x" } })).status).toBe(404);
    expect((await call("DELETE", `/v1/${id}`, { as: "ines" })).status).toBe(404);
    expect(await list("", "ada")).toMatchObject({ total: 1 });
  });

  it.each<{ name: string; json: unknown; field: string }>([
    { name: "no title", json: { body: "x" }, field: "title" },
    { name: "a title of 201 characters", json: { title: "x".repeat(201) }, field: "title" },
    { name: "a text of 20,001 characters", json: { title: "x", body: "x".repeat(20_001) }, field: "body" },
    { name: "a number for a title", json: { title: 7 }, field: "title" },
    { name: "a field of its own", json: { title: "x", sub: "ines" }, field: "sub" },
    { name: "a list", json: [], field: "" },
  ])("are not made from $name: 422 names the field", async ({ json, field }) => {
    const answer = await call("POST", "/v1", { json });
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const { code, fields } = (await answer.json()) as { code: string; fields: { field: string }[] };
    expect(code).toBe("invalid_note");
    expect(fields.map((problem) => problem.field)).toEqual([field]);
    expect((await list()).total).toBe(0);
  });

  it("are made from the longest title and text that are allowed, whatever the letters", async () => {
    const json = { title: "ø".repeat(200), body: "\u0001".repeat(20_000) };
    expect((await call("POST", "/v1", { json })).status).toBe(201);
  });

  it("are not made from broken JSON, from forms, or from megabytes", async () => {
    const headers = { "content-type": "application/json" };
    expect((await call("POST", "/v1", { body: "{", headers })).status).toBe(400);
    expect((await call("POST", "/v1", { body: "title=x" })).status).toBe(415);
    expect((await call("POST", "/v1", { body: " ".repeat(300_000), headers })).status).toBe(413);
  });

  it.each(["/v1/0", "/v1/-1", "/v1/1e3", "/v1/abc", "/v1/99999999999999999999", "/v1/1/2", "/other"])(
    "are not at %s",
    async (path) => {
      expect((await call("GET", path)).status).toBe(404);
    },
  );

  it.each([
    { path: "/v1", method: "PUT", allow: "GET, POST, DELETE" },
    { path: "/v1/1", method: "PATCH", allow: "GET, PUT, DELETE" },
  ])("do not know $method at $path", async ({ path, method, allow }) => {
    const answer = await call(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allow);
  });

  describe("all at once", () => {
    async function removeAll(authTime: number | undefined) {
      const claims = authTime === undefined ? {} : { auth_time: authTime };
      const times = { iat: START / 1000, exp: START / 1000 + 1e6 };
      tokens.set("ada, at that time", await mint.mint({ sub: "ada", ...times, ...claims }));
      return call("DELETE", "/v1", { as: "ada, at that time" });
    }

    it("are deleted for who signed in lately, and nobody else's are", async () => {
      await add("one");
      await add("two");
      await add("hers", "", "ines");
      now = START;
      expect((await removeAll(START / 1000 - 120)).status).toBe(204);
      expect((await list()).total).toBe(0);
      expect((await list("", "ines")).total).toBe(1);
    });

    it.each([
      ["longer ago", START / 1000 - 121],
      ["nobody knows when", undefined],
    ])("stay where the sign-in was %s, and the answer says what to ask for", async (_when, authTime) => {
      await add("stays");
      now = START;
      const answer = await removeAll(authTime);
      expect([answer.status, await answer.json()]).toEqual([
        401,
        expect.objectContaining({ code: "insufficient_user_authentication" }),
      ]);
      expect(answer.headers.get("www-authenticate")).toMatch(
        /^Bearer .*error="insufficient_user_authentication".*, max_age="120"$/,
      );
      expect((await list()).total).toBe(1);
    });
  });

  it("come back as they were written, whatever they hold", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, text, async (title, body) => {
        const answer = await call("POST", "/v1", {
          json: { title: title.slice(0, 50).toWellFormed(), body },
        });
        const { id } = (await answer.json()) as Note;
        expect(await (await call("GET", `/v1/${id}`)).json()).toMatchObject({ body });
      }),
      { numRuns: 50 },
    );
  });

  it("answer 400 to any cursor that is not theirs, never 500", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.base64String()), async (raw) => {
        const encoded = Buffer.from(raw).toString("base64url");
        for (const cursor of [raw, encoded]) {
          const { status } = await call("GET", `/v1?cursor=${encodeURIComponent(cursor)}`);
          expect([200, 400]).toContain(status);
        }
      }),
    );
  });
});

describe("sample notes", () => {
  it("greet Ada and Ines with notes of their own, at times before now", async () => {
    api = create({ seed: true });
    const ada = await list("", "ada");
    expect(titles(ada)).toEqual([
      "Winter reading, and what to return",
      "Questions for the lighting plan",
      "Packing, Tromsø",
      "Seat numbers",
      "Soup for eleven people",
      "What the tailor said",
    ]);
    expect(ada.notes.every((note) => note.updatedAt < START && note.version === 1)).toBe(true);
    const ines = await list("", "ines");
    expect(ines.total).toBe(4);
    expect(titles(ines).some((title) => titles(ada).includes(title))).toBe(false);
  });

  it("greet nobody else, and nobody unasked", async () => {
    expect((await list("", "ada")).total).toBe(0);
    api = create({ seed: true });
    expect((await list("", "jonas")).total).toBe(0);
  });

  it("stay deleted", async () => {
    api = create({ seed: true });
    for (const { id } of (await list()).notes) await call("DELETE", `/v1/${id}`);
    expect((await list()).total).toBe(0);
  });
});
