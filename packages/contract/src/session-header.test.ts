import { describe, expect, it } from "vitest";
import { parseSessionHeader, writeSessionHeader, type LiveGlimpse } from "./session-header.ts";

const glimpse: LiveGlimpse = {
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
    const ended = { state: "anonymous", reason: "revoked", now: 7 } as const;
    expect(parseSessionHeader(writeSessionHeader(ended))).toEqual(ended);
  });

  it("says nothing but the listed members, whatever it is given", () => {
    const written = writeSessionHeader({ ...glimpse, user: { sub: "ada" } } as LiveGlimpse);
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
    "state=anonymous&now=7&reason=bored",
    "%",
  ])("is taken for none where it isn't whole: %s", (value) => {
    expect(parseSessionHeader(value)).toBeUndefined();
  });
});
