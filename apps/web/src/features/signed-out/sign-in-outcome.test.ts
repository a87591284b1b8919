import { describe, expect, it } from "vitest";
import { readSignInOutcome } from "./sign-in-outcome.ts";

describe("readSignInOutcome", () => {
  it("takes the outcome out of the address and leaves the rest", () => {
    expect(readSignInOutcome("http://localhost:3000/counter?a=1&signin=declined#moves")).toEqual({
      outcome: "declined",
      rest: "/counter?a=1#moves",
    });
  });

  it.each(["", "<b>hello</b>", "Declined", "constructor"])("puts no words on the page for %o", (value) => {
    expect(readSignInOutcome(`http://localhost:3000/?signin=${encodeURIComponent(value)}`)).toEqual({
      outcome: undefined,
      rest: "/",
    });
  });

  it("leaves an address without an outcome as it is", () => {
    expect(readSignInOutcome("http://localhost:3000/notes/7?q=a%20b").rest).toBe("/notes/7?q=a%20b");
  });
});
