import { Hono, type Context } from "hono";
import { z } from "zod";
import type { TokenVerdict } from "../access-token-verifier.ts";
import { requireScope, type BearerEnv } from "../bearer.ts";
import { parseId, readIdempotencyKey } from "../request-values.ts";
import { problem } from "../problem.ts";
import type { FileStore, StoredFile } from "./file-store.ts";

export interface FileRoutesParts {
  readonly files: FileStore;
  readonly verify: (token: string) => Promise<TokenVerdict>;
}

const noteSchema = z.object({ note: z.string() });
const newFileSchema = z.object({ note: z.string(), name: z.string().min(1).max(200) });
/** What browsers show as a picture and nothing else; the rest is handed over as a download. */
const PICTURES: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
]);
const MEDIA_TYPE = /^[\w.+-]{1,80}\/[\w.+-]{1,80}$/;
const ANY_BYTES = "application/octet-stream";

/** The resource `/files`: files of a person's notes, one request each, the content as it is. */
export function createFileRoutes({ files, verify }: FileRoutesParts): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>();
  const mayRead = requireScope("notes:read", verify);
  const mayWrite = requireScope("notes:write", verify);

  routes.get("/", mayRead, (c) => {
    const asked = noteSchema.safeParse(c.req.query());
    const noteId = asked.success ? parseId(asked.data.note) : undefined;
    c.header("cache-control", "no-store");
    return c.json({ files: noteId === undefined ? [] : files.list(c.get("sub"), noteId) });
  });

  routes.post("/", mayWrite, async (c) => {
    const asked = newFileSchema.safeParse(c.req.query());
    if (!asked.success) return problem(c, "bad_request", { detail: "note and name are needed." });
    const key = readIdempotencyKey(c);
    if ("refusal" in key) return key.refusal;
    const noteId = parseId(asked.data.note);
    const rawType = c.req.header("content-type") ?? "";
    const made =
      noteId === undefined
        ? undefined
        : files.add(c.get("sub"), noteId, {
            name: asked.data.name,
            type: MEDIA_TYPE.test(rawType) ? rawType.toLowerCase() : ANY_BYTES,
            content: new Uint8Array(await c.req.arrayBuffer()),
            idempotencyKey: key.value,
          });
    if (made === undefined) return problem(c, "not_found");
    return c.json(made, 201, { location: `/files/${made.id}`, "cache-control": "no-store" });
  });

  routes.get("/:id", mayRead, (c) => {
    const id = parseId(c.req.param("id"));
    const found = id === undefined ? undefined : files.find(c.get("sub"), id);
    return found === undefined ? problem(c, "not_found") : send(c, found.file, found.content);
  });

  routes.delete("/:id", mayWrite, (c) => {
    const id = parseId(c.req.param("id"));
    const isGone = id !== undefined && files.remove(c.get("sub"), id);
    return isGone ? c.body(null, 204) : problem(c, "not_found");
  });

  routes.all("/", (c) => problem(c, "method_not_allowed", { headers: { allow: "GET, POST" } }));
  routes.all("/:id", (c) => problem(c, "method_not_allowed", { headers: { allow: "GET, DELETE" } }));
  return routes;
}

function send(c: Context, { name, type }: StoredFile, content: Uint8Array): Response {
  const isPicture = PICTURES.has(type);
  const fileName = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return c.body(new Uint8Array(content), 200, {
    "content-type": isPicture ? type : ANY_BYTES,
    "content-disposition": `${isPicture ? "inline" : "attachment"}; filename*=UTF-8''${fileName}`,
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
  });
}
