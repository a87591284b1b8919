// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { createDraftStore } from "./draft-store.ts";
import type { Note, NoteText } from "./note.ts";
import { createNotebook } from "./notebook.ts";

const note: Note = { id: "7", title: "Seats", body: "Row 14", createdAt: 0, updatedAt: 5000, version: 3 };

function setUp() {
  const sent: { id: string | undefined; version: unknown; text: NoteText }[] = [];
  let keys = 0;
  const notebook = createNotebook({
    drafts: createDraftStore(() => sessionStorage, "ada"),
    isOnline: () => true,
    now: () => 0,
    newKey: () => String((keys += 1)),
    onSaved: () => {},
    save: async (base, text) => {
      sent.push({ id: base?.id, version: base?.version, text });
      return { kind: "saved", note: { ...note, ...text, id: base?.id ?? "8", version: 4 } };
    },
  });
  return { notebook, sent };
}

describe("createNotebook", () => {
  beforeEach(() => sessionStorage.clear());

  it("gives one keeper a note, however often it is opened", () => {
    const { notebook } = setUp();
    expect(notebook.open(note)).toBe(notebook.open({ ...note }));
  });

  it("brings back a change that the last page didn't save, on the version that it was made to", async () => {
    setUp().notebook.open(note).edit({ body: "Row 15" });
    const { notebook, sent } = setUp();
    const keeper = notebook.open({ ...note, version: 9, body: "changed elsewhere" });
    expect(keeper.get().text.body).toBe("Row 15");
    await notebook.flushAll();
    expect(sent).toEqual([{ id: "7", version: 3, text: { title: "Seats", body: "Row 15" } }]);
  });

  it("brings back a note that the server never heard of, and creates it once", async () => {
    setUp().notebook.begin().edit({ title: "Umbrella" });
    const { notebook, sent } = setUp();
    expect(notebook.keepers().map((keeper) => keeper.get().text.title)).toEqual(["Umbrella"]);
    await notebook.flushAll();
    await notebook.flushAll();
    expect(sent).toEqual([{ id: undefined, version: undefined, text: { title: "Umbrella", body: "" } }]);
    expect(setUp().notebook.keepers()).toEqual([]);
  });

  it("finds a created note by the name it had and by its id", async () => {
    const { notebook } = setUp();
    const keeper = notebook.begin({ title: "Umbrella", body: "" });
    await notebook.flushAll();
    expect(notebook.find(keeper.get().key)).toBe(keeper);
    expect(notebook.find("8")).toBe(keeper);
  });

  it("forgets a closed note with what wasn't saved of it", async () => {
    const { notebook, sent } = setUp();
    const keeper = notebook.open(note);
    keeper.edit({ body: "x" });
    notebook.close(keeper);
    await notebook.flushAll();
    expect(sent).toEqual([]);
    expect(setUp().notebook.open(note).get().text.body).toBe("Row 14");
  });
});
