import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBrowser } from "../suite/browser.ts";
import { createCloakroom, sealed, shown } from "../suite/coats.ts";

const room = createCloakroom();
/** Found by search: the seal grows by 64 bytes or so for each AES block. */
const whole = "x".repeat(500);
const chunked = "y".repeat(2900);
const large = "x".repeat(2500);

describe("chunks of a sealed session", () => {
  it("come back as they went in, at every size around the limits, each cookie within 4,096 bytes (S-065)", async () => {
    const counts = new Set<number>();
    const bounds = [0, 1, 2590, 2600, 2610, 2620, 2640, 2660, 2680, 2700, 3200, 3240, 3280, 3320];
    const size = fc.oneof(
      fc.integer({ min: 2500, max: 2800 }),
      fc.integer({ min: 3100, max: 3400 }),
      fc.integer({ min: 0, max: 6000 }),
    );
    await fc.assert(
      fc.asyncProperty(size, async (length) => {
        const coat = room.coat("x".repeat(length));
        const outcome = await room.sessions.seal(coat);
        const setCookie = outcome.kind === "sealed" ? outcome.setCookie : [];
        const header = shown(setCookie);
        const pairs = header === "" ? [] : header.split("; ");
        const opened = await room.sessions.open(header);
        counts.add(pairs.length);
        return (
          pairs.every((pair) => pair.length - 1 <= 4096) &&
          opened.broken.length === 0 &&
          JSON.stringify(opened.sessions.map(({ value }) => value)) ===
            JSON.stringify(outcome.kind === "sealed" ? [coat] : [])
        );
      }),
      { numRuns: 80, examples: bounds.map((bound) => [bound]) },
    );
    expect(counts).toEqual(new Set([0, 1, 2]));
  });

  it("never stand beside a whole cookie of the same session, whichever was written last", async () => {
    const browser = createBrowser();
    const small = room.coat(large);
    browser.store(await sealed(room.sessions, small));
    const name = browser.names()[0] ?? "";
    browser.store(await sealed(room.sessions, { ...small, grant: { refreshToken: chunked } }));
    expect(browser.names()).toEqual([`${name}.1`, `${name}.2`]);
    browser.store(await sealed(room.sessions, small));
    expect(browser.names()).toEqual([name]);
  });

  it("that are left over beside a newer whole cookie are ignored, and lose nothing", async () => {
    const { sessions, clock, coat } = createCloakroom();
    const browser = createBrowser();
    const first = coat(chunked);
    browser.store(await sealed(sessions, first));
    clock.nowMs += 1;
    const second = { ...first, grant: { refreshToken: whole } };
    browser.store(await sealed(sessions, second));
    expect(browser.names()).toHaveLength(3);
    const opened = await sessions.open(browser.header());
    expect(opened.sessions.map(({ value }) => value)).toEqual([second]);
    expect(opened.broken).toEqual([]);
    expect(browser.header().length).toBeLessThanOrEqual(7500);
  });

  it.each([
    ["a missing one", (parts: string[]) => parts.slice(0, 1)],
    ["only the last one", (parts: string[]) => parts.slice(1)],
    [
      "two that changed places",
      ([one = "", two = ""]: string[]) => [
        one.replace(/=.*/u, two.slice(two.indexOf("="))),
        two.replace(/=.*/u, one.slice(one.indexOf("="))),
      ],
    ],
  ])("with %s are no session, and are removed (S-066)", async (_, change) => {
    const parts = change(shown(await sealed(room.sessions, room.coat(chunked))).split("; "));
    const opened = await room.sessions.open(parts.join("; "));
    expect(opened.sessions).toEqual([]);
    expect(opened.broken).toEqual(parts.map((part) => part.slice(0, part.indexOf("="))));
  });

  it("of two writings of one session don't open together (S-066)", async () => {
    const coat = room.coat(chunked);
    const [one = ""] = shown(await sealed(room.sessions, coat)).split("; ");
    const [, two = ""] = shown(await sealed(room.sessions, { ...coat, touchedAt: coat.touchedAt + 1 })).split(
      "; ",
    );
    expect((await room.sessions.open(`${one}; ${two}`)).sessions).toEqual([]);
  });

  it("beyond the count are ignored", async () => {
    const header = shown(await sealed(room.sessions, room.coat(chunked)));
    const name = header.slice(0, header.indexOf(".1="));
    expect((await room.sessions.open(`${header}; ${name}.3=zzz`)).sessions).toHaveLength(1);
  });

  it.each(["0", "99999999", "-1", "NaN", "9", "1e3", ""])(
    "whose count is forged as %s are answered without any arithmetic (S-065)",
    async (count) => {
      let calls = 0;
      const counting = createCloakroom(
        {},
        {
          sealer: {
            seal: (value) => JSON.stringify(value),
            unseal: () => {
              calls += 1;
              return {};
            },
          },
          mac: {
            digest: () => new Uint8Array(32),
            derive: () => new Uint8Array(32),
            sign: () => new Uint8Array(32),
            verify: () => {
              calls += 1;
              return true;
            },
          },
        },
      );
      const header = shown(await sealed(counting.sessions, counting.coat("y".repeat(4200))));
      const forged = header.replace(/^([^=]+=1\.[0-9a-f]{8}\.)2/u, `$1${count}`);
      expect(forged).not.toBe(header);
      const opened = await counting.sessions.open(forged);
      expect(opened.sessions).toEqual([]);
      expect(opened.broken).toHaveLength(2);
      expect(calls).toBe(0);
    },
  );
});
