import { CoatcheckError, type CoatcheckClient, type CoatcheckErrorCode } from "@coatcheck/client";
import { USER_HEADER } from "@coatcheck/contract";
import { ApiError, apiQueryOptions, getApiJson, personQueryKey } from "@coatcheck/react";
import { infiniteQueryOptions, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import type { Away, SaveOutcome } from "./keeping/note-keeper.ts";
import { type Note, type NotePage, notePageSchema, noteSchema, type NoteText } from "./note.ts";

const PATH = "/api/notes";
const PAGE_SIZE = 50;
/** Other devices' changes show after this. */
const REFRESH_MS = 12_000;

/** The notes whose text holds `q`, newest change first, page by page. */
export function notesQueryOptions(client: CoatcheckClient, q: string) {
  return infiniteQueryOptions({
    queryKey: personQueryKey(client, "notes", "list", q),
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(PAGE_SIZE) });
      if (pageParam !== "") search.set("cursor", pageParam);
      if (q !== "") search.set("q", q);
      return notePageSchema.parse(await getApiJson(client, `${PATH}?${search}`, signal));
    },
    getNextPageParam: (page: NotePage) => page.nextCursor || undefined,
    // While the page is visible; where nobody has touched it for a while, this doesn't keep the session alive.
    refetchInterval: REFRESH_MS,
  });
}

/** One note, for an address that names a note which the list hasn't loaded. */
export function noteQueryOptions(client: CoatcheckClient, id: string) {
  return apiQueryOptions({
    client,
    queryKey: ["notes", "one", id],
    path: `${PATH}/${encodeURIComponent(id)}`,
    parse: (body) => noteSchema.parse(body),
  });
}

/** Creates or replaces a note; whatever happens is a value. */
export async function saveNote(
  client: CoatcheckClient,
  base: Pick<Note, "id" | "version"> | null,
  text: NoteText,
  /** `person`: whose note it is, whoever is signed in by now. `key`: of the creation. */
  { person, key }: { person: string; key: string },
): Promise<SaveOutcome> {
  try {
    const path = base === null ? PATH : `${PATH}/${encodeURIComponent(base.id)}`;
    const response = await client.apiFetch(path, {
      method: base === null ? "POST" : "PUT",
      headers: {
        "content-type": "application/json",
        [USER_HEADER]: person,
        ...(base === null ? { "idempotency-key": key } : { "if-match": `"${base.version}"` }),
      },
      body: JSON.stringify({ title: text.title, body: text.body }),
    });
    if (response.ok) return { kind: "saved", note: noteSchema.parse(await response.json()) };
    if (base !== null && response.status === 404) return { kind: "conflict", theirs: null };
    if (base !== null && response.status === 412) return await findTheirs(client, base.id);
    if (isPassing(response.status)) return { kind: "away", who: "notes_service" };
    return { kind: "refused", tooLong: response.status === 413 || response.status === 422 };
  } catch (error) {
    return readFailure(error);
  }
}

/** Deletes a note; one that is gone already counts as deleted. */
export async function deleteNote(client: CoatcheckClient, id: string): Promise<void> {
  const response = await client.apiFetch(`${PATH}/${encodeURIComponent(id)}`, { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw new ApiError(response.status, await response.text());
}

/** Deletes every note of the person. The service wants a recent sign-in; the call waits for it. */
export async function deleteAllNotes(client: CoatcheckClient): Promise<void> {
  const response = await client.apiFetch(PATH, { method: "DELETE" });
  if (!response.ok) throw new ApiError(response.status, await response.text());
}

/** Whether an error says that this counter has no notes service behind it. */
export function isNoNotesService(error: unknown): boolean {
  return error instanceof CoatcheckError && error.code === "unknown_route";
}

/** Puts a saved note into every cached list: at the top of the plain one, in its place where it was searched for. */
export function putIntoLists(client: CoatcheckClient, queryClient: QueryClient, note: Note): void {
  queryClient.setQueryData(noteQueryOptions(client, note.id).queryKey, note);
  updateLists(client, queryClient, (data, q) => {
    const known = data.pages.some((page) => page.notes.some(({ id }) => id === note.id));
    if (q !== "") return known ? mapNotes(data, (other) => (other.id === note.id ? note : other)) : data;
    const without = known ? filterNotes(data, note.id, 0) : data;
    const [first, ...others] = without.pages;
    if (!first) return data;
    const total = first.total + (known ? 0 : 1);
    return { ...without, pages: [{ ...first, notes: [note, ...first.notes], total }, ...others] };
  });
}

/** Takes a deleted note out of every cached list. */
export function takeOutOfLists(client: CoatcheckClient, queryClient: QueryClient, id: string): void {
  queryClient.removeQueries({ queryKey: noteQueryOptions(client, id).queryKey });
  updateLists(client, queryClient, (data) => filterNotes(data, id, 1));
}

type Lists = InfiniteData<NotePage, string>;

function updateLists(
  client: CoatcheckClient,
  queryClient: QueryClient,
  update: (data: Lists, q: string) => Lists,
): void {
  const queryKey = personQueryKey(client, "notes", "list");
  for (const [key, data] of queryClient.getQueriesData<Lists>({ queryKey })) {
    if (data) queryClient.setQueryData<Lists>(key, update(data, String(key.at(-1))));
  }
}

function mapNotes(data: Lists, change: (note: Note) => Note): Lists {
  return { ...data, pages: data.pages.map((page) => ({ ...page, notes: page.notes.map(change) })) };
}

function filterNotes(data: Lists, id: string, fewer: number): Lists {
  if (!data.pages.some((page) => page.notes.some((note) => note.id === id))) return data;
  return {
    ...data,
    pages: data.pages.map((page) => ({
      ...page,
      notes: page.notes.filter((note) => note.id !== id),
      total: page.total - fewer,
    })),
  };
}

async function findTheirs(client: CoatcheckClient, id: string): Promise<SaveOutcome> {
  const response = await client.apiFetch(`${PATH}/${encodeURIComponent(id)}`);
  if (response.ok) return { kind: "conflict", theirs: noteSchema.parse(await response.json()) };
  return response.status === 404
    ? { kind: "conflict", theirs: null }
    : { kind: "away", who: "notes_service" };
}

function readFailure(error: unknown): SaveOutcome {
  if (!(error instanceof CoatcheckError)) return { kind: "away", who: "notes_service" };
  if (error.code === "network" || error.status === 401 || error.code === "user_changed") {
    return { kind: "away", who: "counter" };
  }
  if (error.status !== undefined && isPassing(error.status)) {
    const seconds = error.retryAfterSeconds;
    return { kind: "away", who: whoIsAway(error.code), retryAfterMs: seconds && seconds * 1000 };
  }
  return { kind: "refused", tooLong: error.code === "body_too_large" };
}

function whoIsAway(code: CoatcheckErrorCode): Away {
  if (code === "refresh_unavailable" || code === "provider_unavailable") return "provider";
  return code === "upstream_failed" || code === "upstream_timeout" ? "notes_service" : "counter";
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}
