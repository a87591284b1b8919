// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { createDraftStore, type Draft } from "./draft-store.ts";

const draft = (key: string, changedAt = 1): Draft => ({
  key,
  title: `title of ${key}`,
  body: "",
  baseVersion: 3,
  changedAt,
});
const storage = () => sessionStorage;

describe("createDraftStore", () => {
  beforeEach(() => sessionStorage.clear());

  it("gives a draft back to the next page of the same person", () => {
    createDraftStore(storage, "ada").put(draft("7"));
    expect(createDraftStore(storage, "ada").get("7")).toEqual(draft("7"));
  });

  it("never gives it to another person, also not one whose key begins alike", () => {
    createDraftStore(storage, "ada").put(draft("7"));
    expect(createDraftStore(storage, "ines").get("7")).toBeUndefined();
    expect(createDraftStore(storage, "ad").all()).toEqual([]);
  });

  it("lists the newest first and forgets what was saved", () => {
    const drafts = createDraftStore(storage, "ada");
    drafts.put(draft("1", 10));
    drafts.put(draft("2", 20));
    drafts.put(draft("3", 15));
    drafts.drop("3");
    expect(drafts.all().map(({ key }) => key)).toEqual(["2", "1"]);
    expect(createDraftStore(storage, "ada").get("3")).toBeUndefined();
  });

  it.each(["{", "null", '{"key":7}', "[]"])("ignores what it can't read: %s", (stored) => {
    sessionStorage.setItem("coatcheck:draft:ada:7", stored);
    expect(createDraftStore(storage, "ada").all()).toEqual([]);
  });

  it("keeps drafts while the page is open where storage is switched off", () => {
    const drafts = createDraftStore(() => {
      throw new DOMException("off", "SecurityError");
    }, "ada");
    drafts.put(draft("7"));
    expect(drafts.get("7")).toEqual(draft("7"));
    expect(drafts.all()).toHaveLength(1);
  });
});
