import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNotesApi } from "../create-notes-api.ts";
import { AUDIENCE, startTokenMint, type TokenMint } from "../token-mint.fixture.ts";
import type { StoredFile } from "./file-store.ts";

let mint: TokenMint;
let api: ReturnType<typeof createNotesApi>;
let noteId: string;

beforeAll(async () => {
  mint = await startTokenMint();
});
afterAll(() => mint.close());
beforeEach(async () => {
  api = createNotesApi({ ...mint, audience: AUDIENCE, database: ":memory:" });
  const note = await call("POST", "/v1", {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: "Coats" }),
  });
  noteId = ((await note.json()) as { id: string }).id;
});

async function call(method: string, path: string, init: RequestInit = {}, sub = "ada", scope?: string) {
  const token = await mint.mint({ sub, ...(scope === undefined ? {} : { scope }) });
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${token}`);
  return api.request(path, { method, ...init, headers });
}

const PICTURE = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255]);

function upload(query = `note=${noteId}&name=coat.png`, headers: Record<string, string> = {}, sub?: string) {
  const init = { headers: { "content-type": "image/png", ...headers }, body: PICTURE };
  return call("POST", `/files?${query}`, init, sub);
}

async function list(sub?: string, note = noteId): Promise<readonly StoredFile[]> {
  const answer = await call("GET", `/files?note=${note}`, {}, sub);
  return ((await answer.json()) as { files: StoredFile[] }).files;
}

describe("files of a note", () => {
  it("come back byte for byte, and go with their note", async () => {
    const made = await upload();
    expect(made.status).toBe(201);
    const file = (await made.json()) as StoredFile;
    expect(file).toMatchObject({ name: "coat.png", type: "image/png", bytes: PICTURE.length });
    expect(await list()).toEqual([file]);
    const answer = await call("GET", `/files/${file.id}`);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(PICTURE);
    expect([answer.headers.get("content-type"), answer.headers.get("content-disposition")]).toEqual([
      "image/png",
      "inline; filename*=UTF-8''coat.png",
    ]);
    await call("DELETE", `/v1/${noteId}`);
    expect((await call("GET", `/files/${file.id}`)).status).toBe(404);
  });

  it("are made once for one idempotency key, and once each without", async () => {
    const key = { "idempotency-key": "k1" };
    const first = (await (await upload(undefined, key)).json()) as StoredFile;
    expect(await (await upload(undefined, key)).json()).toEqual(first);
    await upload();
    await upload();
    expect(await list()).toHaveLength(3);
    expect((await upload(undefined, { "idempotency-key": "a b" })).status).toBe(400);
  });

  it("are nobody else's to see, to add to, or to take away", async () => {
    const file = (await (await upload()).json()) as StoredFile;
    expect(await list("ines")).toEqual([]);
    expect((await call("GET", `/files/${file.id}`, {}, "ines")).status).toBe(404);
    expect((await call("DELETE", `/files/${file.id}`, {}, "ines")).status).toBe(404);
    expect((await upload(undefined, {}, "ines")).status).toBe(404);
    expect(await list()).toHaveLength(1);
    expect((await call("DELETE", `/files/${file.id}`)).status).toBe(204);
    expect(await list()).toEqual([]);
  });

  it.each([
    ["text/html", "page.html"],
    ["image/svg+xml", "drawing.svg"],
    ["application/pdf", "seats.pdf"],
    ["image/png; x=y", "odd.png"],
    ["", "nothing"],
  ])("of the type %s are handed over as bytes, and never opened by a browser", async (type, name) => {
    const made = (await (
      await upload(`note=${noteId}&name=${name}`, { "content-type": type })
    ).json()) as StoredFile;
    const answer = await call("GET", `/files/${made.id}`);
    expect([answer.headers.get("content-type"), answer.headers.get("content-disposition")]).toEqual([
      "application/octet-stream",
      `attachment; filename*=UTF-8''${name}`,
    ]);
  });

  it("have any name, which breaks no header", async () => {
    const name = `Mantel "grün" (1)';\r\nx.png`;
    const made = (await (
      await upload(`note=${noteId}&name=${encodeURIComponent(name)}`)
    ).json()) as StoredFile;
    expect(made.name).toBe(name);
    const disposition = (await call("GET", `/files/${made.id}`)).headers.get("content-disposition") ?? "";
    expect(disposition).toMatch(/^inline; filename\*=UTF-8''[\w%.~!-]+$/);
    expect(decodeURIComponent(disposition.split("''")[1] ?? "")).toBe(name);
  });

  it.each(["", "note=1", "name=x", "note=x&name=x", "note=9999&name=x"])(
    "aren't made by ?%s",
    async (query) => {
      expect([400, 404]).toContain((await upload(query)).status);
    },
  );

  it("are refused above 10 MB, and without the scope", async () => {
    const body = new Uint8Array(10 * 1024 * 1024 + 1);
    expect((await call("POST", `/files?note=${noteId}&name=x`, { body })).status).toBe(413);
    expect(
      (await call("POST", `/files?note=${noteId}&name=x`, { body: PICTURE }, "ada", "notes:read")).status,
    ).toBe(403);
    expect((await call("GET", `/files?note=${noteId}`, {}, "ada", "notes:write")).status).toBe(403);
    expect((await call("PUT", "/files/1")).status).toBe(405);
  });
});
