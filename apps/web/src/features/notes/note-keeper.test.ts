import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Draft, DraftStore } from "./draft-store.ts";
import type { Note, NoteText } from "./note.ts";
import { createNoteKeeper, type NoteKeeperPorts, type SaveOutcome } from "./note-keeper.ts";

const note = (version: number, body = "first"): Note => ({
  id: "7",
  title: "Seat numbers",
  body,
  createdAt: 0,
  updatedAt: version * 1000,
  version,
});

function memoryDrafts(): DraftStore & { kept: Map<string, Draft> } {
  const kept = new Map<string, Draft>();
  return {
    kept,
    get: (key) => kept.get(key),
    put: (draft) => void kept.set(draft.key, draft),
    drop: (key) => void kept.delete(key),
    all: () => [...kept.values()],
  };
}

function setUp(start: Note | null = note(1)) {
  const drafts = memoryDrafts();
  const answers: SaveOutcome[] = [];
  const sent: { version: unknown; text: NoteText }[] = [];
  let version = 1;
  const state = { online: true };
  const ports: NoteKeeperPorts = {
    drafts,
    isOnline: () => state.online,
    now: () => Date.now(),
    onSaved: () => {},
    save: async (base, text) => {
      sent.push({ version: base?.version ?? null, text });
      await new Promise((resolve) => setTimeout(resolve, 100));
      version += 1;
      return answers.shift() ?? { kind: "saved", note: { ...note(version), ...text } };
    },
  };
  const keeper = createNoteKeeper(ports, { key: start?.id ?? "new-1", note: start });
  return { keeper, drafts, sent, answers, state };
}

describe("createNoteKeeper", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("saves once after a pause, on the version that it began with", async () => {
    const { keeper, sent, drafts } = setUp();
    keeper.edit({ body: "f" });
    keeper.edit({ body: "fi" });
    expect(drafts.kept.get("7")).toMatchObject({ body: "fi", baseVersion: 1 });
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
    expect(keeper.get().save).toEqual({ kind: "kept" });
    expect(drafts.kept.get("7")?.body).toBe("offline");
    state.online = true;
    const saving = keeper.flush();
    await vi.runAllTimersAsync();
    await saving;
    expect(sent).toHaveLength(1);
    expect(keeper.get().save.kind).toBe("saved");
  });

  it("tries again by itself where nobody answered or the service was busy", async () => {
    const { keeper, sent, answers } = setUp();
    answers.push({ kind: "unreachable" }, { kind: "busy", retryAfterMs: 2000 });
    keeper.edit({ body: "again" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(keeper.get().save).toEqual({ kind: "kept" });
    await vi.advanceTimersByTimeAsync(5200);
    expect(keeper.get().save).toEqual({ kind: "failed", why: "busy" });
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
    expect(drafts.kept.get("7")?.body).toBe("too long");
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

    it("hands my text out for a second note when both are kept", async () => {
      const { keeper } = await inConflict();
      expect(keeper.settle("both")).toEqual({ title: "Seat numbers", body: "mine" });
      expect(keeper.get().text.body).toBe("theirs");
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
