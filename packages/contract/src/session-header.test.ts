import { describe, expect, it } from "vitest";
import { parseSessionHeader, writeSessionHeader, type SessionGlimpse } from "./session-header.ts";

const glimpse: SessionGlimpse = {
  state: "active",
  ticket: "0417",
  generation: 3,
  now: 1_795_000_000_000,
  idleDeadline: 1_795_001_800_000,
  absoluteDeadline: 1_795_043_200_000,
  accessTokenExpiresAt: 1_795_000_030_000,
};

describe("the session header", () => {
  it("is read as it was written, leading zeros of the ticket included", () => {
    expect(parseSessionHeader(writeSessionHeader(glimpse))).toEqual(glimpse);
  });

  it("says nothing but the listed members, whatever it is given", () => {
    const written = writeSessionHeader({ ...glimpse, user: { sub: "ada" } } as SessionGlimpse);
    expect(written).not.toContain("ada");
    expect([...new URLSearchParams(written).keys()].toSorted()).toEqual(Object.keys(glimpse).toSorted());
  });

  it.each([
    null,
    "",
    "state=active",
    writeSessionHeader(glimpse).replace("active", "anonymous"),
    writeSessionHeader(glimpse).replace("generation=3", "generation=three"),
    writeSessionHeader(glimpse).replace("now=", "then="),
    "%",
  ])("is taken for none where it isn't whole: %s", (value) => {
    expect(parseSessionHeader(value)).toBeUndefined();
  });
});
