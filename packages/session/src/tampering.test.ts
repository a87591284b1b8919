import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COOKIE_KEY, createCloakroom, sealed, shown } from "../suite/coats.ts";
import { decodeBase64url } from "./base64url.ts";
import { generateCookieKey } from "./cookie-keys.ts";
import { createCookieNames } from "./cookie-names.ts";
import { createKeyRing } from "./key-ring.ts";
import { createWebCryptoMac } from "./mac.ts";
import { createSealedTexts } from "./sealed-text.ts";
import { createIronSealer } from "./sealer.ts";

const room = createCloakroom();
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*~";

function nameOf(header: string): string {
  return header.slice(0, header.indexOf("="));
}
function valueOf(header: string): string {
  return header.slice(header.indexOf("=") + 1);
}

describe("a tampered cookie", () => {
  it("never opens and never throws, whichever bit is flipped (S-060)", async () => {
    const header = shown(await sealed(room.sessions, room.coat()));
    const start = header.indexOf("=") + 1;
    const bits = Array.from({ length: (header.length - start) * 7 }, (_, index) => index);
    const survivors: number[] = [];
    for (const bit of bits) {
      const at = start + Math.floor(bit / 7);
      const flipped = String.fromCharCode(header.charCodeAt(at) ^ (1 << (bit % 7)));
      const opened = await room.sessions.open(header.slice(0, at) + flipped + header.slice(at + 1));
      if (opened.sessions.length > 0) survivors.push(bit);
    }
    expect(survivors).toEqual([]);
  });

  it("never opens when it is cut, lengthened or spliced (S-060)", async () => {
    const header = shown(await sealed(room.sessions, room.coat()));
    const other = shown(await sealed(room.sessions, room.coat()));
    await expect(
      fc.assert(
        fc.asyncProperty(fc.nat(header.length), fc.nat(other.length), async (from, to) => {
          const spliced = `${nameOf(header)}=${(valueOf(header).slice(0, from) + valueOf(other).slice(to)).trim()}`;
          fc.pre(spliced !== header);
          return (await room.sessions.open(spliced)).sessions.length === 0;
        }),
      ),
    ).resolves.toBeUndefined();
  });

  it("under another name doesn't open, neither another session's nor a chunk's nor a transaction's (S-059)", async () => {
    const header = shown(await sealed(room.sessions, room.coat()));
    const others = ["__Host-coatcheck-00000000", `${nameOf(header)}.1`, "__Host-coatcheck-tx-00000000"];
    for (const name of others) {
      expect((await room.sessions.open(`${name}=${valueOf(header)}`)).sessions).toEqual([]);
    }
  });

  it("that holds another session than its name says doesn't open, whoever sealed it (S-059)", async () => {
    const mac = createWebCryptoMac();
    const bytes = decodeBase64url(COOKIE_KEY);
    const texts = createSealedTexts(createKeyRing(bytes === undefined ? [] : [bytes], mac), {
      mac,
      sealer: createIronSealer(),
      nowMs: () => room.clock.nowMs,
    });
    const names = createCookieNames({ kind: "host" }, mac);
    const [mine, other] = [room.coat(), room.coat()];
    for (const [coat, opens] of [
      [mine, true],
      [other, false],
    ] as const) {
      const name = await names.session(mine.sid);
      const text = await texts.seal({ purpose: "session", name, context: "" }, { ...coat }, 60, () => 1);
      const opened = await room.sessions.open(`${name}=${text}`);
      expect([opened.sessions.length === 1, opened.broken]).toEqual([opens, opens ? [] : [name]]);
    }
  });

  it("of the same keys on another port doesn't open under that port's name (S-059)", async () => {
    const here = createCloakroom({ naming: { kind: "loopback", port: 3000 } });
    const there = createCloakroom({ naming: { kind: "loopback", port: 3001 } });
    const moved = (setCookies: readonly string[]): string =>
      shown(setCookies).replaceAll("coatcheck-3000", "coatcheck-3001");
    const session = moved(await sealed(here.sessions, here.coat()));
    const transaction = moved(
      await here.sessions.sealTransaction({ state: "s", codeVerifier: "v" }, "s", undefined),
    );
    const hint = moved((await here.sessions.sealLogoutHint({ idToken: "a.b.c", sid: "sid" })) ?? []);
    expect((await there.sessions.open(session)).broken).toHaveLength(1);
    expect(await there.sessions.openTransaction(transaction, "s")).toBeUndefined();
    expect(await there.sessions.openLogoutHint(hint)).toBeUndefined();
  });

  it("passes for no other purpose, in any combination (S-048)", async () => {
    const { sessions, coat } = room;
    const sessionCookie = shown(await sealed(sessions, coat()));
    const transactionCookie = shown(
      await sessions.sealTransaction({ state: "s", codeVerifier: "v" }, "s", undefined),
    );
    const logoutCookie = shown((await sessions.sealLogoutHint({ idToken: "a.b.c", sid: "sid" })) ?? []);
    const cookies = [sessionCookie, transactionCookie, logoutCookie];
    const openers = [
      async (header: string) => (await sessions.open(header)).sessions.length > 0,
      async (header: string) => (await sessions.openTransaction(header, "s")) !== undefined,
      async (header: string) => (await sessions.openLogoutHint(header)) !== undefined,
    ];
    const table = await Promise.all(
      cookies.map(async (_, place) =>
        Promise.all(
          cookies.map(async (content) => {
            const header = `${nameOf(cookies[place] ?? "")}=${valueOf(content)}`;
            return openers[place]?.(header);
          }),
        ),
      ),
    );
    expect(table).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
  });

  it("of a deployment with another key is unreadable, and kept (S-059, S-061)", async () => {
    const foreign = createCloakroom({ cookieKeys: [generateCookieKey(randomBytes)] });
    const header = shown(await sealed(foreign.sessions, foreign.coat()));
    const opened = await room.sessions.open(header);
    expect(opened).toMatchObject({ sessions: [], unreadable: [nameOf(header)], broken: [] });
  });

  it("of a newer version is unreadable and kept, on the outside as on the inside (S-064)", async () => {
    const header = shown(await sealed(room.sessions, room.coat()));
    const outside = `${nameOf(header)}=2.${valueOf(header).slice(2)}`;
    expect(await room.sessions.open(outside)).toMatchObject({
      sessions: [],
      unreadable: [nameOf(header)],
      broken: [],
    });

    let isNewer = false;
    const later = createCloakroom(
      { openedCookies: { maxEntries: 0 } },
      {
        sealer: {
          seal: (value) => `sealed-${"x".repeat(100)}-${btoa(JSON.stringify(value))}`,
          unseal: (text) => ({
            ...JSON.parse(atob(text.slice(text.lastIndexOf("-") + 1))),
            ...(isNewer ? { v: 2 } : {}),
          }),
        },
      },
    );
    const current = shown(await sealed(later.sessions, later.coat()));
    expect((await later.sessions.open(current)).sessions).toHaveLength(1);
    isNewer = true;
    expect(await later.sessions.open(current)).toMatchObject({ sessions: [], unreadable: [nameOf(current)] });
  });

  it("in the shape of another release is no session, also where its reader throws", async () => {
    const strict = createCloakroom({
      parseValue: () => {
        throw new TypeError("user.email is missing");
      },
    });
    const header = shown(await sealed(room.sessions, room.coat()));
    expect(await strict.sessions.open(header)).toMatchObject({ sessions: [], broken: [nameOf(header)] });
  });

  it("keeps what is inside to itself: neither value nor key shows (S-058)", async () => {
    const header = shown(await sealed(room.sessions, room.coat("refresh-token-of-ada")));
    const decoded = Buffer.from(valueOf(header), "base64url").toString("latin1") + valueOf(header);
    expect(decoded).not.toContain("refresh-token-of-ada");
    expect(decoded).not.toContain(COOKIE_KEY);
  });

  it("of junk costs a length check and no arithmetic, 10,000 times over (S-150)", async () => {
    let verifications = 0;
    const counting = createCloakroom(
      {},
      {
        mac: {
          digest: () => new Uint8Array(32),
          derive: () => new Uint8Array(32),
          sign: () => new Uint8Array(32),
          verify: () => {
            verifications += 1;
            return false;
          },
        },
      },
    );
    const junk = fc.sample(
      fc.string({ unit: fc.constantFrom(...ALPHABET.split("")), minLength: 1, maxLength: 90 }),
      10_000,
    );
    for (const value of junk) await counting.sessions.open(`__Host-coatcheck-0a1b2c3d=${value}`);
    expect(verifications).toBe(0);
  });
});
