import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NoteDraft } from "./note-draft.ts";
import type { Note, NoteText } from "../note.ts";
import { createNoteKeeper, type KeeperStart, type NoteKeeperPorts, type SaveOutcome } from "./note-keeper.ts";

const note = (version: number, body = "first"): Note => ({
  id: "7",
  title: "Seat numbers",
  body,
  createdAt: 0,
  updatedAt: version * 1000,
  version,
});

function memoryDrafts() {
  const kept = new Map<string, NoteDraft>();
  return {
    kept,
    put: (key: string, draft: NoteDraft) => void kept.set(key, draft),
    drop: (key: string) => void kept.delete(key),
  };
}

function setUp(start: Note | null = note(1), more: Partial<KeeperStart> = {}) {
  const drafts = memoryDrafts();
  const answers: SaveOutcome[] = [];
  const sent: { version: unknown; text: NoteText }[] = [];
  const keys: string[] = [];
  const listed: Note[] = [];
  let version = 1;
  const state = { online: true };
  const ports: NoteKeeperPorts = {
    drafts,
    isOnline: () => state.online,
    now: () => Date.now(),
    onSaved: (saved) => listed.push(saved),
    save: async (base, text, key) => {
      sent.push({ version: base?.version ?? null, text });
      keys.push(key);
      await new Promise((resolve) => setTimeout(resolve, 100));
      version += 1;
      return answers.shift() ?? { kind: "saved", note: { ...note(version), ...text } };
    },
  };
  const keeper = createNoteKeeper(ports, { key: start?.id ?? "new-1", note: start, ...more });
  return { keeper, drafts, sent, keys, listed, answers, state };
}

describe("createNoteKeeper", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("saves once after a pause, on the version that it began with", async () => {
    const { keeper, sent, drafts } = setUp();
    keeper.edit({ body: "f" });
    keeper.edit({ body: "fi" });
    expect(drafts.kept.get("7")).toMatchObject({ text: { body: "fi" }, base: { version: 1 } });
    await vi.runAllTimersAsync();
    expect(sent).toEqual([{ version: 1, text: { title: "Seat numbers", body: "fi" } }]);
    expect(keeper.get().save).toEqual({ kind: "saved", at: 2000 });
    expect(drafts.kept.size).toBe(0);
  });

  it("saves somebody who never pauses every few seconds", async () => {
    const { keeper, sent } = setUp();
    for (let letters = 1; letters <= 30; letters += 1) {
      keeper.edit({ body: "x".repeat(letters) });
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(sent.length).toBeGreaterThanOrEqual(2);
  });

  it("saves what was typed during a save afterwards, on the new version", async () => {
    const { keeper, sent } = setUp();
    keeper.edit({ body: "one" });
    const saving = keeper.flush();
    keeper.edit({ body: "two" });
    await vi.runAllTimersAsync();
    await saving;
    expect(sent.map(({ version, text }) => [version, text.body])).toEqual([
      [1, "one"],
      [2, "two"],
    ]);
    expect(keeper.get().save.kind).toBe("saved");
  });

  it("says that nothing is left to save when a change is taken back", () => {
    const { keeper, drafts } = setUp();
    keeper.edit({ body: "other" });
    keeper.edit({ body: "first" });
    expect(keeper.get().save.kind).toBe("saved");
    expect(drafts.kept.size).toBe(0);
  });

  it("keeps a change while offline and saves it when told that the network is back", async () => {
    const { keeper, sent, state, drafts } = setUp();
    state.online = false;
    keeper.edit({ body: "offline" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(keeper.get().save).toEqual({ kind: "kept", until: "online" });
    expect(drafts.kept.get("7")?.text.body).toBe("offline");
    state.online = true;
    const saving = keeper.flush();
    await vi.runAllTimersAsync();
    await saving;
    expect(sent).toHaveLength(1);
    expect(keeper.get().save.kind).toBe("saved");
  });

  it("tries again by itself where nobody answered or the service was busy", async () => {
    const { keeper, sent, answers } = setUp();
    answers.push({ kind: "away", who: "counter" }, { kind: "away", who: "provider", retryAfterMs: 2000 });
    keeper.edit({ body: "again" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(keeper.get().save).toEqual({ kind: "kept", until: "counter" });
    await vi.advanceTimersByTimeAsync(5200);
    expect(keeper.get().save).toEqual({ kind: "kept", until: "provider" });
    await vi.runAllTimersAsync();
    expect(sent).toHaveLength(3);
    expect(keeper.get().save.kind).toBe("saved");
  });

  it("doesn't repeat what was refused until the text changes", async () => {
    const { keeper, sent, answers, drafts } = setUp();
    answers.push({ kind: "refused", tooLong: true });
    keeper.edit({ body: "too long" });
    await vi.runAllTimersAsync();
    expect(sent).toHaveLength(1);
    expect(keeper.get().save).toEqual({ kind: "failed", why: "too_long" });
    expect(drafts.kept.get("7")?.text.body).toBe("too long");
    keeper.edit({ body: "short" });
    await vi.runAllTimersAsync();
    expect(sent).toHaveLength(2);
  });

  it("creates a note with its first letter and keeps its key", async () => {
    const { keeper, sent, drafts } = setUp(null);
    expect(keeper.get()).toMatchObject({ key: "new-1", id: null });
    keeper.edit({ title: "S" });
    expect(drafts.kept.has("new-1")).toBe(true);
    await vi.runAllTimersAsync();
    expect(sent).toEqual([{ version: null, text: { title: "S", body: "" } }]);
    expect(keeper.get()).toMatchObject({ key: "new-1", id: "7" });
    expect(drafts.kept.size).toBe(0);
  });

  it("names the creation of a note, and brings what the server made of it up to date", async () => {
    const { keeper, sent, keys, answers } = setUp(null, { text: { title: "Since", body: "" } });
    // An earlier request had arrived: the key finds what it made.
    answers.push({ kind: "saved", note: { ...note(1), title: "Before", body: "" } });
    await vi.runAllTimersAsync();
    expect(keys).toEqual(["new-1", "new-1"]);
    expect(sent.map(({ version, text }) => [version, text.title])).toEqual([
      [null, "Since"],
      [1, "Since"],
    ]);
    expect(keeper.get()).toMatchObject({ id: "7", save: { kind: "saved" } });
  });

  it("keeps with the draft what is being sent, for a page that doesn't live to hear the answer", async () => {
    const { keeper, drafts } = setUp();
    keeper.edit({ body: "sent" });
    void keeper.flush();
    expect(drafts.kept.get("7")?.sent).toEqual({ title: "Seat numbers", body: "sent" });
    keeper.edit({ body: "typed since" });
    expect(drafts.kept.get("7")).toMatchObject({ text: { body: "typed since" }, sent: { body: "sent" } });
    await vi.runAllTimersAsync();
    expect(drafts.kept.size).toBe(0);
  });

  it("saves nothing any more once it is stopped, and leaves its draft", async () => {
    const { keeper, sent, drafts } = setUp();
    keeper.edit({ body: "kept" });
    keeper.stop();
    await vi.runAllTimersAsync();
    expect(sent).toEqual([]);
    expect(drafts.kept.get("7")?.text.body).toBe("kept");
  });

  it("sends nothing for a new note without text", async () => {
    const { keeper, sent } = setUp(null);
    keeper.edit({ title: "  " });
    await keeper.flush();
    await vi.runAllTimersAsync();
    expect(sent).toEqual([]);
  });

  describe("when the note was changed elsewhere", () => {
    async function inConflict(theirs: Note | null = note(5, "theirs")) {
      const all = setUp();
      all.answers.push({ kind: "conflict", theirs });
      all.keeper.edit({ body: "mine" });
      await vi.runAllTimersAsync();
      expect(all.keeper.get().save).toEqual({ kind: "conflict", theirs });
      return all;
    }

    it("sends nothing more until somebody decides", async () => {
      const { keeper, sent } = await inConflict();
      keeper.edit({ body: "mine and more" });
      await vi.runAllTimersAsync();
      await keeper.flush();
      expect(sent).toHaveLength(1);
    });

    it("keeps mine on top of the other version", async () => {
      const { keeper, sent } = await inConflict();
      keeper.settle("mine");
      await vi.runAllTimersAsync();
      expect(sent.at(-1)).toEqual({ version: 5, text: { title: "Seat numbers", body: "mine" } });
      expect(keeper.get().save.kind).toBe("saved");
    });

    it("takes the other version and sends nothing", async () => {
      const { keeper, sent, drafts } = await inConflict();
      keeper.settle("theirs");
      await vi.runAllTimersAsync();
      expect(keeper.get().text.body).toBe("theirs");
      expect(sent).toHaveLength(1);
      expect(drafts.kept.size).toBe(0);
    });

    it("hands my text out for a second note with a title of its own when both are kept", async () => {
      const { keeper, listed } = await inConflict();
      expect(keeper.settle("both")).toEqual({ title: "Seat numbers (my text)", body: "mine" });
      expect(keeper.get().text.body).toBe("theirs");
      // The list shows what the note is from now on.
      expect(listed.at(-1)).toMatchObject({ version: 5, body: "theirs" });
    });

    it("takes a text that it sent itself for nobody else's, and saves on top of it", async () => {
      const all = setUp(note(1), {
        text: { title: "Seat numbers", body: "typed since" },
        sent: note(2, "sent"),
      });
      all.answers.push({ kind: "conflict", theirs: note(2, "sent") });
      await vi.runAllTimersAsync();
      expect(all.sent.map(({ version, text }) => [version, text.body])).toEqual([
        [1, "typed since"],
        [2, "typed since"],
      ]);
      expect(all.keeper.get().save.kind).toBe("saved");
    });

    it("creates the note again where it was deleted", async () => {
      const { keeper, sent } = await inConflict(null);
      keeper.settle("mine");
      await vi.runAllTimersAsync();
      expect(sent.at(-1)?.version).toBeNull();
      expect(keeper.get().save.kind).toBe("saved");
    });
  });

  it("shows a newer version from the server only where nothing here is unsaved", async () => {
    const { keeper } = setUp();
    keeper.adopt(note(3, "newer"));
    expect(keeper.get().text.body).toBe("newer");
    keeper.adopt(note(2, "older, from a slow answer"));
    expect(keeper.get().text.body).toBe("newer");
    keeper.edit({ body: "mine" });
    keeper.adopt(note(4, "newest"));
    expect(keeper.get().text.body).toBe("mine");
  });

  it("saves nothing any more once it was discarded", async () => {
    const { keeper, sent, drafts } = setUp();
    keeper.edit({ body: "gone" });
    keeper.discard();
    await vi.runAllTimersAsync();
    expect(sent).toEqual([]);
    expect(drafts.kept.size).toBe(0);
  });
});
