import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createRemoteJWKSet, jwtVerify } from "jose";

/** An API as it may stand anywhere: it knows access tokens, and nothing of browsers, cookies or this app. */
export function startNotesApi(url: string, issuer: string, audience: string): void {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const notesByPerson = new Map<string, { id: number; text: string }[]>();
  const app = new Hono<{ Variables: { person: string } }>();

  app.use(async (c, next) => {
    const token = /^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
    try {
      const { payload } = await jwtVerify(token, keys, { issuer, audience });
      c.set("person", payload.sub ?? "");
    } catch {
      return c.json({ error: "invalid_token" }, 401, { "www-authenticate": 'Bearer error="invalid_token"' });
    }
    return next();
  });
  app.get("/notes", (c) => c.json(notesByPerson.get(c.var.person) ?? []));
  app.post("/notes", async (c) => {
    const { text } = await c.req.json<{ text: string }>();
    const notes = notesByPerson.get(c.var.person) ?? [];
    const note = { id: notes.length + 1, text };
    notesByPerson.set(c.var.person, [...notes, note]);
    return c.json(note, 201);
  });
  const { hostname, port } = new URL(url);
  serve({ fetch: app.fetch, hostname, port: Number(port) });
}
