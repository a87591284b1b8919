import { describe, expect, it } from "vitest";
import type { NoteDraft } from "./note-draft.ts";
import type { Note, NoteText } from "../note.ts";
import { createNotebook } from "./notebook.ts";

const note: Note = { id: "7", title: "Seats", body: "Row 14", createdAt: 0, updatedAt: 5000, version: 3 };

/** What is kept in the browser: outlives a page. */
function memoryDrafts() {
  const kept = new Map<string, NoteDraft>();
  return {
    kept,
    get: (key: string) => wrap(key, kept.get(key)),
    all: () => [...kept].flatMap(([key, value]) => wrap(key, value) ?? []),
    put: (key: string, value: NoteDraft) => void kept.set(key, value),
    drop: (key: string) => void kept.delete(key),
  };
}
const wrap = (key: string, value: NoteDraft | undefined) => value && { key, value, changedAt: 0 };

function openPage(drafts = memoryDrafts()) {
  const sent: { id: string | undefined; version: unknown; text: NoteText; key: string }[] = [];
  let keys = 0;
  const notebook = createNotebook({
    drafts,
    isOnline: () => true,
    now: () => 0,
    newKey: () => String((keys += 1)),
    onSaved: () => {},
    save: async (base, text, key) => {
      sent.push({ id: base?.id, version: base?.version, text, key });
      return { kind: "saved", note: { ...note, ...text, id: base?.id ?? "8", version: 4 } };
    },
  });
  return { notebook, sent, drafts };
}

describe("createNotebook", () => {
  it("gives one keeper a note, however often it is opened", () => {
    const { notebook } = openPage();
    expect(notebook.open(note)).toBe(notebook.open({ ...note }));
  });

  it("saves what the last page didn't, on the version that it was made to, without the note being opened", async () => {
    const last = openPage();
    last.notebook.open(note).edit({ body: "Row 15" });
    last.notebook.stop();
    const { notebook, sent, drafts } = openPage(last.drafts);
    await notebook.flushAll();
    expect(sent).toMatchObject([{ id: "7", version: 3, text: { title: "Seats", body: "Row 15" } }]);
    expect(drafts.kept.size).toBe(0);
    expect(notebook.open({ ...note, version: 4, body: "Row 15" }).get().text.body).toBe("Row 15");
  });

  it("brings back a note that the server never heard of, and creates it once, by the same key", async () => {
    const last = openPage();
    last.notebook.begin().edit({ title: "Umbrella" });
    last.notebook.stop();
    const { notebook, sent, drafts } = openPage(last.drafts);
    expect(notebook.keepers().map((keeper) => keeper.get().text.title)).toEqual(["Umbrella"]);
    await notebook.flushAll();
    await notebook.flushAll();
    expect(sent).toEqual([
      { id: undefined, version: undefined, text: { title: "Umbrella", body: "" }, key: "new-1" },
    ]);
    expect(openPage(drafts).notebook.keepers()).toEqual([]);
  });

  it("makes a note of its own from the older of two tabs' drafts of one note", async () => {
    const drafts = memoryDrafts();
    drafts.put("7", { text: { title: "Seats", body: "newer" }, base: note, sent: null });
    drafts.put("new-x", { text: { title: "Seats", body: "older" }, base: note, sent: null });
    const { notebook, sent } = openPage(drafts);
    await notebook.flushAll();
    expect(sent.map(({ id, text }) => [id, text.body])).toEqual(
      expect.arrayContaining([
        ["7", "newer"],
        [undefined, "older"],
      ]),
    );
  });

  it("finds a created note by the name it had and by its id", async () => {
    const { notebook } = openPage();
    const keeper = notebook.begin({ title: "Umbrella", body: "" });
    await notebook.flushAll();
    expect(notebook.find(keeper.get().key)).toBe(keeper);
    expect(notebook.find("8")).toBe(keeper);
  });

  it("forgets a closed note with what wasn't saved of it", async () => {
    const { notebook, sent, drafts } = openPage();
    const keeper = notebook.open(note);
    keeper.edit({ body: "x" });
    notebook.close(keeper);
    await notebook.flushAll();
    expect(sent).toEqual([]);
    expect(openPage(drafts).notebook.open(note).get().text.body).toBe("Row 14");
  });
});
