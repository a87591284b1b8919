import "fake-indexeddb/auto";
import { schema as s } from "@coatcheck/contract";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDrafts, type DraftsOptions } from "./drafts.ts";

const schema = s.object({ text: s.string });
type Text = { text: string };

/** Opens the drafts as a page does that has just been loaded. */
async function open(person = "ada", options: Partial<DraftsOptions<Text>> = {}) {
  const drafts = createDrafts<Text>({ person, schema, ...options });
  await drafts.ready;
  return drafts;
}

/** All tabs that were open are closed: the browser has taken their locks back. */
async function closeTabs(): Promise<void> {
  const query = navigator.locks.query.bind(navigator.locks);
  const closed = new Set((await query()).held?.map(({ name }) => name));
  vi.spyOn(navigator.locks, "query").mockImplementation(async () => {
    const { held = [] } = await query();
    return { held: held.filter(({ name }) => !closed.has(name)), pending: [] };
  });
}

const texts = (drafts: Awaited<ReturnType<typeof open>>) => drafts.all().map(({ value }) => value.text);

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("drafts", () => {
  it("are known at once, and to the next page after this one was closed", async () => {
    const first = await open();
    first.put("7", { text: "half a sentence" });
    expect(first.get("7")?.value.text).toBe("half a sentence");
    await first.flushed();
    await closeTabs();
    expect((await open()).get("7")?.value.text).toBe("half a sentence");
  });

  it("stay with their own tab as long as it lives", async () => {
    const first = await open();
    first.put("7", { text: "of the first tab" });
    await first.flushed();
    const second = await open();
    expect(second.all()).toEqual([]);
    second.put("7", { text: "of the second tab" });
    second.drop("7");
    await second.flushed();
    await closeTabs();
    expect(texts(await open())).toEqual(["of the first tab"]);
  });

  it("are both kept where two closed tabs had the same key", async () => {
    let now = 1;
    const tabs = [await open("ada", { now: () => now }), await open("ada", { now: () => now })];
    for (const [index, tab] of tabs.entries()) {
      now += 1;
      tab.put("7", { text: `of tab ${index}` });
      await tab.flushed();
    }
    await closeTabs();
    const next = await open("ada", { keyForClash: (key) => `copy of ${key}` });
    expect(next.get("7")?.value.text).toBe("of tab 1");
    expect(next.get("copy of 7")?.value.text).toBe("of tab 0");
  });

  it("go to one of two new tabs, not to both", async () => {
    const first = await open();
    first.put("7", { text: "once" });
    await first.flushed();
    await closeTabs();
    const both = await Promise.all([open(), open()]);
    expect(both.flatMap(texts)).toEqual(["once"]);
  });

  it("are never another person's, also not one's whose key begins alike", async () => {
    const ada = await open("ada");
    ada.put("7", { text: "of ada" });
    await ada.flushed();
    await closeTabs();
    for (const other of ["ines", "ad", "adab", ""]) expect((await open(other)).all()).toEqual([]);
    expect(texts(await open("ada"))).toEqual(["of ada"]);
  });

  it("are gone after a drop, and after their person's sign-out those of all tabs", async () => {
    const [first, second] = [await open(), await open()];
    first.put("1", { text: "a" });
    first.put("2", { text: "b" });
    first.drop("1");
    second.put("3", { text: "c" });
    await Promise.all([first.flushed(), second.flushed()]);
    const ines = await open("ines");
    ines.put("4", { text: "d" });
    await ines.flushed();
    expect([await first.count(), await second.count(), await ines.count()]).toEqual([2, 2, 1]);
    await first.clear();
    expect(await second.count()).toBe(0);
    await closeTabs();
    expect(texts(await open())).toEqual([]);
    expect(texts(await open("ines"))).toEqual(["d"]);
  });

  it("list the newest first, and tell of each change", async () => {
    let now = 1;
    const drafts = await open("ada", { now: () => (now += 1) });
    const heard = vi.fn<() => void>();
    const stop = drafts.subscribe(heard);
    drafts.put("1", { text: "a" });
    drafts.put("2", { text: "b" });
    drafts.put("1", { text: "c" });
    drafts.drop("none");
    expect(texts(drafts)).toEqual(["c", "b"]);
    expect(heard).toHaveBeenCalledTimes(3);
    stop();
    drafts.drop("1");
    expect(heard).toHaveBeenCalledTimes(3);
  });

  it("keep what is typed before the disk has answered", async () => {
    const first = await open();
    first.put("7", { text: "old" });
    await first.flushed();
    await closeTabs();
    const next = createDrafts<Text>({ person: "ada", schema, keyForClash: (key) => `old ${key}` });
    next.put("7", { text: "new" });
    await next.ready;
    expect(next.get("7")?.value.text).toBe("new");
    expect(next.get("old 7")?.value.text).toBe("old");
  });

  it("leave alone what an older page kept in another shape", async () => {
    const first = createDrafts({ person: "ada", schema: s.object({ words: s.number }) });
    first.put("7", { words: 3 });
    await first.flushed();
    await closeTabs();
    const next = await open();
    expect(next.all()).toEqual([]);
  });

  it.each([
    ["there is no IndexedDB", undefined],
    [
      "it is switched off",
      {
        open: () => {
          throw new DOMException("off", "SecurityError");
        },
      },
    ],
  ])("live as long as the page where %s, and say so", async (_name, indexedDB) => {
    vi.stubGlobal("indexedDB", indexedDB);
    const drafts = await open();
    drafts.put("7", { text: "x" });
    await drafts.flushed();
    expect(drafts.isDurable()).toBe(false);
    expect(texts(drafts)).toEqual(["x"]);
  });

  it("survive a disk that is full as long as the page", async () => {
    const drafts = await open();
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    drafts.put("7", { text: "x" });
    await drafts.flushed();
    expect(texts(drafts)).toEqual(["x"]);
  });
});
