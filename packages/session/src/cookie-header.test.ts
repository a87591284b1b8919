import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCloakroom, sealed, shown } from "../suite/coats.ts";
import { parseCookieHeader } from "./cookie-header.ts";

const room = createCloakroom();

describe("a Cookie header", () => {
  it("never makes anything throw, whatever it holds (S-071)", async () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "__Host-coatcheck-",
        "__Host-coatcheck-0a1b2c3d",
        ".1",
        ".2",
        "=",
        "; ",
        ";",
        "tx-0a1b2c3d",
        "1.0a1b2c3d.2.",
        "%ff",
        "\u00a0",
        '"',
        "__Secure-coatcheck-logout=",
      ),
    );
    await expect(
      fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
          const header = pieces.join("");
          const opened = await room.sessions.open(header);
          await room.sessions.openTransaction(header, "state");
          await room.sessions.openLogoutHint(header);
          await room.sessions.sealTransaction({ state: "s", codeVerifier: "v" }, "s", header);
          return opened.sessions.length === 0;
        }),
        { numRuns: 150 },
      ),
    ).resolves.toBeUndefined();
  });

  it("with a name twice counts the first, both ways round alike (S-071)", async () => {
    const pair = shown(await sealed(room.sessions, room.coat()));
    const junk = `${pair.slice(0, pair.indexOf("="))}=junk`;
    expect((await room.sessions.open(`${pair}; ${junk}`)).sessions).toHaveLength(1);
    expect((await room.sessions.open(`${junk}; ${pair}`)).sessions).toHaveLength(0);
  });

  it("trims spaces and tabs only: no other white space makes a foreign name ours (S-071)", () => {
    const header = [
      "\u00a0a-1=1",
      "\u2003a-2=2",
      "\ufeffa-3=3",
      "\va-4=4",
      " \ta-5\t = 5 ",
      "a-6 =6",
      "A-7=7",
      "a-8",
    ].join(";");
    expect(parseCookieHeader(header, ["a-"])).toEqual([
      { name: "a-5", value: "5" },
      { name: "a-6", value: "6" },
    ]);
  });

  it("with thousands of foreign cookies finds ours (S-071)", async () => {
    const pair = shown(await sealed(room.sessions, room.coat()));
    const many = Array.from({ length: 5000 }, (_, index) => `c${index}=${index}`).join("; ");
    expect((await room.sessions.open(`${many}; ${pair}; ${many}`)).sessions).toHaveLength(1);
  });

  it("isn't decoded: an encoded name or value is another one (S-071)", async () => {
    const pair = shown(await sealed(room.sessions, room.coat()));
    expect((await room.sessions.open(pair.replace("1.", "%31."))).sessions).toEqual([]);
    expect((await room.sessions.open(pair.replace("coatcheck", "%63oatcheck"))).shown).toEqual([]);
  });

  it("that is absent or empty shows nothing", async () => {
    for (const header of [undefined, "", ";", "=", "; ; ="]) {
      expect(await room.sessions.open(header)).toEqual({
        sessions: [],
        unreadable: [],
        broken: [],
        expired: [],
        shown: [],
      });
    }
  });

  it("names every cookie of ours, and none of others", async () => {
    const header =
      "x=1; __Host-coatcheck-0a1b2c3d.1=a; __Host-coatcheck-tx-0a1b2c3d=b; __Secure-coatcheck-logout=c; __Host-coatcheck-zz=d; __Host-coatcheck-0a1b2c3d.10=e";
    expect((await room.sessions.open(header)).shown).toEqual([
      "__Host-coatcheck-0a1b2c3d.1",
      "__Host-coatcheck-tx-0a1b2c3d",
      "__Secure-coatcheck-logout",
    ]);
  });
});
