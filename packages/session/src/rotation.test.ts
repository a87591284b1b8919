import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCloakroom, sealed, shown } from "../suite/coats.ts";
import { generateCookieKey } from "./cookie-keys.ts";

const keys = Array.from({ length: 5 }, () => generateCookieKey(randomBytes));
function keyIdOf(header: string): string {
  return header.split("=")[1]?.split(".")[1] ?? "";
}

describe("rotation of cookie keys", () => {
  it("opens with every listed key in any order, and keeps what none of them sealed (S-061)", async () => {
    const list = fc.shuffledSubarray(keys, { minLength: 1 });
    await expect(
      fc.assert(
        fc.asyncProperty(list, list, async (writing, reading) => {
          const writer = createCloakroom({ cookieKeys: writing });
          const reader = createCloakroom({ cookieKeys: reading });
          const coat = writer.coat();
          const opened = await reader.sessions.open(shown(await sealed(writer.sessions, coat)));
          const isKnown = reading.includes(writing[0] ?? "");
          return (
            opened.sessions.length === (isKnown ? 1 : 0) &&
            opened.unreadable.length === (isKnown ? 0 : 1) &&
            opened.broken.length === 0
          );
        }),
        { numRuns: 40 },
      ),
    ).resolves.toBeUndefined();
  });

  it("seals anew with the first key, under the same name (S-061)", async () => {
    const [first = "", second = ""] = keys;
    const before = createCloakroom({ cookieKeys: [first] });
    const after = createCloakroom({ cookieKeys: [second, first] });
    const header = shown(await sealed(before.sessions, before.coat()));
    const [opened] = (await after.sessions.open(header)).sessions;
    const again = shown(opened === undefined ? [] : await sealed(after.sessions, opened.value));
    expect(again.split("=")[0]).toBe(header.split("=")[0]);
    expect(keyIdOf(again)).not.toBe(keyIdOf(header));
  });

  it("names a key by its fingerprint, wherever it stands in the list", async () => {
    const [first = "", second = "", third = ""] = keys;
    const alone = createCloakroom({ cookieKeys: [first] });
    const among = createCloakroom({ cookieKeys: [first, second, third] });
    const ids = await Promise.all(
      [alone, among].map(async ({ sessions, coat }) => keyIdOf(shown(await sealed(sessions, coat())))),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}$/u);
  });

  it("keeps, and doesn't open, what was sealed with the same keys for somebody else (S-059, S-132)", async () => {
    const here = createCloakroom({ cookieKeys: [keys[0] ?? ""], boundTo: "https://one.example" });
    const there = createCloakroom({ cookieKeys: [keys[0] ?? ""], boundTo: "https://two.example" });
    const header = shown(await sealed(here.sessions, here.coat()));
    expect((await here.sessions.open(header)).sessions).toHaveLength(1);
    const opened = await there.sessions.open(header);
    expect([opened.sessions, opened.broken]).toEqual([[], []]);
    expect(opened.unreadable).toHaveLength(1);
  });
});
