import { CoatcheckError, type CoatcheckClient } from "@coatcheck/client";
import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import type { Note, NotePage } from "./note.ts";
import { deleteNote, notesQueryOptions, putIntoLists, saveNote, takeOutOfLists } from "./notes-api.ts";

const note = (id: string, version = 1): Note => ({
  id,
  title: `note ${id}`,
  body: "",
  createdAt: 0,
  updatedAt: version,
  version,
});

type Answer = (request: Request) => Response | Promise<Response>;

function clientThat(answer: Answer) {
  const seen: Request[] = [];
  const client = {
    userKey: () => "ada",
    apiFetch: async (input: string, init?: RequestInit) => {
      const request = new Request(new URL(input, "http://localhost"), init);
      seen.push(request);
      return answer(request);
    },
  } as unknown as CoatcheckClient;
  return { client, seen };
}
const text = { title: "t", body: "b" };
const whose = { person: "ada", key: "k1" };

describe("saveNote", () => {
  it("creates with POST and replaces with PUT on the version it knows", async () => {
    const { client, seen } = clientThat(() => Response.json(note("7", 4)));
    await saveNote(client, null, text, whose);
    await expect(saveNote(client, note("7", 3), text, whose)).resolves.toEqual({
      kind: "saved",
      note: note("7", 4),
    });
    expect(seen.map(({ method, url }) => [method, new URL(url).pathname])).toEqual([
      ["POST", "/api/notes"],
      ["PUT", "/api/notes/7"],
    ]);
    expect(seen[1]?.headers.get("if-match")).toBe('"3"');
    expect(seen.map(({ headers }) => headers.get("idempotency-key"))).toEqual(["k1", null]);
  });

  it("says whose note it is, whoever is signed in by now", async () => {
    const { client, seen } = clientThat(() => Response.json(note("7", 4)));
    await saveNote(client, null, text, { person: "ines", key: "k1" });
    expect(seen[0]?.headers.get("x-coatcheck-user")).toBe("ines");
  });

  it("shows what the note is elsewhere when it was changed there", async () => {
    const { client } = clientThat(({ method }) =>
      method === "PUT" ? new Response(null, { status: 412 }) : Response.json(note("7", 9)),
    );
    await expect(saveNote(client, note("7"), text, whose)).resolves.toEqual({
      kind: "conflict",
      theirs: note("7", 9),
    });
  });

  it("says that the note is gone", async () => {
    const { client } = clientThat(() => new Response(null, { status: 404 }));
    await expect(saveNote(client, note("7"), text, whose)).resolves.toEqual({
      kind: "conflict",
      theirs: null,
    });
  });

  it.each([
    [422, { kind: "refused", tooLong: true }],
    [413, { kind: "refused", tooLong: true }],
    [403, { kind: "refused", tooLong: false }],
    [500, { kind: "away", who: "notes_service" }],
    [429, { kind: "away", who: "notes_service" }],
  ])("sorts the API's own %d", async (status, outcome) => {
    const { client } = clientThat(() => new Response(null, { status }));
    await expect(saveNote(client, null, text, whose)).resolves.toEqual(outcome);
  });

  it.each([
    [new CoatcheckError("network", ""), { kind: "away", who: "counter" }],
    [new CoatcheckError("no_session", "", { status: 401 }), { kind: "away", who: "counter" }],
    [new CoatcheckError("user_changed", "", { status: 409 }), { kind: "away", who: "counter" }],
    [
      new CoatcheckError("refresh_unavailable", "", { status: 503, retryAfterSeconds: 4 }),
      { kind: "away", who: "provider", retryAfterMs: 4000 },
    ],
    [new CoatcheckError("ledger_unavailable", "", { status: 503 }), { kind: "away", who: "counter" }],
    [new CoatcheckError("upstream_timeout", "", { status: 504 }), { kind: "away", who: "notes_service" }],
    [new CoatcheckError("body_too_large", "", { status: 413 }), { kind: "refused", tooLong: true }],
  ])("sorts the counter's own problems: %o", async (error, outcome) => {
    const { client } = clientThat(() => {
      throw error;
    });
    await expect(saveNote(client, null, text, whose)).resolves.toEqual(outcome);
  });

  it("tries again later where the answer makes no sense", async () => {
    const { client } = clientThat(() => new Response("<html>", { status: 200 }));
    await expect(saveNote(client, null, text, whose)).resolves.toMatchObject({ kind: "away" });
  });
});

describe("deleteNote", () => {
  it("takes a note that is gone already for deleted, and nothing else", async () => {
    await deleteNote(clientThat(() => new Response(null, { status: 404 })).client, "7");
    const { client } = clientThat(() => new Response(null, { status: 403 }));
    await expect(deleteNote(client, "7")).rejects.toMatchObject({ status: 403 });
  });
});

describe("the cached lists", () => {
  const { client } = clientThat(() => new Response());
  function setUp() {
    const queryClient = new QueryClient();
    const put = (q: string, notes: Note[]) =>
      queryClient.setQueryData(notesQueryOptions(client, q).queryKey, {
        pages: [{ notes, total: notes.length }],
        pageParams: [""],
      });
    const page = (q: string): NotePage | undefined =>
      queryClient.getQueryData(notesQueryOptions(client, q).queryKey)?.pages[0];
    put("", [note("1"), note("2")]);
    put("two", [note("2")]);
    return {
      queryClient,
      ids: (q: string) => page(q)?.notes.map(({ id }) => id),
      total: (q: string) => page(q)?.total,
    };
  }

  it("show a changed note first, and in its place where it was searched for", () => {
    const { queryClient, ids, total } = setUp();
    putIntoLists(client, queryClient, note("2", 5));
    expect([ids(""), total(""), ids("two")]).toEqual([["2", "1"], 2, ["2"]]);
  });

  it("count a new note", () => {
    const { queryClient, ids, total } = setUp();
    putIntoLists(client, queryClient, note("3"));
    expect([ids(""), total(""), ids("two")]).toEqual([["3", "1", "2"], 3, ["2"]]);
  });

  it("forget a deleted note everywhere", () => {
    const { queryClient, ids, total } = setUp();
    takeOutOfLists(client, queryClient, "2");
    expect([ids(""), total(""), ids("two"), total("two")]).toEqual([["1"], 1, [], 0]);
  });
});
