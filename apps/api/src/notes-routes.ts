import { Hono, type Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { TokenVerdict } from "./access-token-verifier.ts";
import { requireRecentSignIn, requireScope, type BearerEnv } from "./bearer.ts";
import { parseNoteCursor } from "./note-cursor.ts";
import { noteTextSchema, type Note, type NoteText } from "./note.ts";
import type { NoteStore } from "./note-store.ts";
import { problem, type FieldProblem } from "./problem.ts";
import { parseId, readIdempotencyKey, type ReadValue } from "./request-values.ts";
import { sampleNotesOf } from "./sample-notes.ts";

export interface NotesRoutesParts {
  readonly store: NoteStore;
  readonly verify: (token: string) => Promise<TokenVerdict>;
  readonly isSeeding: boolean;
  /** How long ago its person may have signed in who deletes all notes at once. */
  readonly recentSignInSeconds: number;
  readonly nowMs: () => number;
}

const DEFAULT_LIMIT = 50;
const listSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(DEFAULT_LIMIT),
  cursor: z.string().max(200).optional(),
  q: z.string().max(200).optional(),
});

/** The resource `/v1`: a person's notes. */
export function createNotesRoutes(parts: NotesRoutesParts): Hono<BearerEnv> {
  const { store, verify, isSeeding } = parts;
  const routes = new Hono<BearerEnv>();
  const welcome = createMiddleware<BearerEnv>(async (c, next) => {
    const sub = c.get("sub");
    if (isSeeding) store.welcome(sub, sampleNotesOf(sub));
    await next();
    c.header("cache-control", "no-store");
  });
  const mayRead = [requireScope("notes:read", verify), welcome] as const;
  const mayWrite = [requireScope("notes:write", verify), welcome] as const;

  routes.get("/", ...mayRead, (c) => {
    const parsed = listSchema.safeParse(c.req.query());
    if (!parsed.success) return problem(c, "bad_request", { fields: fieldProblems(parsed.error) });
    const { limit, q, cursor: rawCursor } = parsed.data;
    const cursor = rawCursor === undefined ? undefined : parseNoteCursor(rawCursor);
    if (rawCursor !== undefined && cursor === undefined) {
      return problem(c, "bad_request", { fields: [{ field: "cursor", message: "Not one of ours." }] });
    }
    return c.json(store.list(c.get("sub"), { limit, cursor, query: q }));
  });

  routes.post("/", ...mayWrite, async (c) => {
    const text = await readNoteText(c);
    if ("refusal" in text) return text.refusal;
    const key = readIdempotencyKey(c);
    if ("refusal" in key) return key.refusal;
    const note = store.add(c.get("sub"), text.value, key.value);
    c.header("location", `/v1/${note.id}`);
    return showNote(c, note, 201);
  });

  const isRecent = requireRecentSignIn(parts.recentSignInSeconds, parts.nowMs);
  routes.delete("/", ...mayWrite, isRecent, (c) => {
    store.removeAll(c.get("sub"));
    return c.body(null, 204);
  });

  routes.get("/:id", ...mayRead, (c) => {
    const id = parseId(c.req.param("id"));
    const note = id === undefined ? undefined : store.find(c.get("sub"), id);
    return note === undefined ? problem(c, "not_found") : showNote(c, note, 200);
  });

  routes.put("/:id", ...mayWrite, async (c) => {
    const id = parseId(c.req.param("id"));
    if (id === undefined) return problem(c, "not_found");
    const expected = readExpectedVersion(c);
    if ("refusal" in expected) return expected.refusal;
    const text = await readNoteText(c);
    if ("refusal" in text) return text.refusal;
    const outcome = store.replace(c.get("sub"), id, text.value, expected.value);
    if (outcome.kind === "done") return showNote(c, outcome.note, 200);
    return problem(c, outcome.kind === "missing" ? "not_found" : "version_mismatch");
  });

  routes.delete("/:id", ...mayWrite, (c) => {
    const id = parseId(c.req.param("id"));
    if (id === undefined) return problem(c, "not_found");
    const expected = readExpectedVersion(c);
    if ("refusal" in expected) return expected.refusal;
    const outcome = store.remove(c.get("sub"), id, expected.value);
    if (outcome === "done") return c.body(null, 204);
    return problem(c, outcome === "missing" ? "not_found" : "version_mismatch");
  });

  routes.all("/", (c) => problem(c, "method_not_allowed", { headers: { allow: "GET, POST, DELETE" } }));
  routes.all("/:id", (c) => problem(c, "method_not_allowed", { headers: { allow: "GET, PUT, DELETE" } }));
  return routes;
}

function showNote(c: Context, note: Note, status: 200 | 201): Response {
  return c.json(note, status, { etag: `"${note.version}"` });
}

function readExpectedVersion(c: Context): ReadValue<number | undefined> {
  const rawVersion = c.req.header("if-match");
  if (rawVersion === undefined || rawVersion === "*") return { value: undefined };
  const version = /^"(\d{1,15})"$/.exec(rawVersion)?.[1];
  // A tag that this API never gave out matches no version.
  return version === undefined ? { refusal: problem(c, "version_mismatch") } : { value: Number(version) };
}

async function readNoteText(c: Context): Promise<ReadValue<NoteText>> {
  if (!/^application\/json\s*(?:;|$)/i.test(c.req.header("content-type") ?? "")) {
    return { refusal: problem(c, "unsupported_media_type") };
  }
  let body: unknown;
  try {
    body = await c.req.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { refusal: problem(c, "bad_request", { detail: "The body is not JSON." }) };
  }
  const parsed = noteTextSchema.safeParse(body);
  if (parsed.success) return { value: parsed.data };
  return { refusal: problem(c, "invalid_note", { fields: fieldProblems(parsed.error) }) };
}

function fieldProblems(error: z.ZodError): FieldProblem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((field) => ({ field, message: "There is no such field." }));
    }
    return [{ field: issue.path.join("."), message: issue.message }];
  });
}
