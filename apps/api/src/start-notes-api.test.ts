import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NotePage } from "./note.ts";
import { startNotesApi } from "./start-notes-api.ts";
import { AUDIENCE, startTokenMint, type TokenMint } from "./token-mint.fixture.ts";

let mint: TokenMint;
beforeAll(async () => {
  mint = await startTokenMint();
});
afterAll(() => mint.close());

describe("a server of notes", () => {
  it("keeps them in its file over a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "notes-"));
    const { issuer, jwksUri } = mint;
    const options = { issuer, jwksUri, audience: AUDIENCE, database: join(folder, "notes.sqlite") };
    const headers = { authorization: `Bearer ${await mint.mint()}`, "content-type": "application/json" };
    try {
      const first = await startNotesApi(options);
      await fetch(`${first.url}/v1`, { method: "POST", headers, body: '{"title":"kept"}' });
      await first.close();
      const second = await startNotesApi(options);
      const page = (await (await fetch(`${second.url}/v1`, { headers })).json()) as NotePage;
      await second.close();
      expect(page.notes.map((note) => note.title)).toEqual(["kept"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("says that a port is taken, and what is wrong with its options", async () => {
    const { issuer, jwksUri } = mint;
    const options = { issuer, jwksUri, audience: AUDIENCE, database: ":memory:" };
    const first = await startNotesApi(options);
    await expect(startNotesApi({ ...options, port: first.port })).rejects.toMatchObject({
      code: "port_taken",
    });
    await first.close();
    for (const changes of [
      { issuer: "idp" },
      { jwksUri: "/jwks" },
      { audience: "" },
      { database: "/nowhere/x/y" },
    ]) {
      await expect(startNotesApi({ ...options, ...changes })).rejects.toMatchObject({
        code: "options_invalid",
      });
    }
  });
});
