import { describe, expect, it } from "vitest";
import { createCloakroom, sealed, shown } from "../suite/coats.ts";
import type { Coat } from "../suite/coats.ts";

const OWNERS = { partner: "https://partner.example" };

/** Rooms whose coats say whose they are. */
function createOwnedRoom(owners: Readonly<Record<string, string>> = OWNERS, boundTo = "https://id.example") {
  const owner = (coat: Coat) => coat.user.groups?.[0] ?? "";
  return createCloakroom({
    boundTo,
    owners,
    ownerOf: owner,
    parseValue: (json, sealedBy) => (owner(json as Coat) === sealedBy ? (json as Coat) : undefined),
  });
}

describe("cookies of several owners", () => {
  it.each([[[]], [["partner"]]])("of %j open as their owner's", async (groups) => {
    const { sessions, coat } = createOwnedRoom();
    const opened = await sessions.open(shown(await sealed(sessions, coat("rt", groups))));
    expect(opened.sessions.map(({ value }) => value.user.groups)).toEqual([groups]);
  });

  it.each([
    ["doesn't know the owner", {}],
    ["knows something else by its name", { partner: "https://other.example" }],
  ])("are unreadable, and stay, where a process %s", async (_, owners) => {
    const { sessions, coat } = createOwnedRoom();
    const header = shown(await sealed(sessions, coat("rt", ["partner"])));
    const opened = await createOwnedRoom(owners).sessions.open(header);
    expect([opened.sessions, opened.broken, opened.unreadable.length]).toEqual([[], [], 1]);
  });

  it("that say another owner than whose keys sealed them are broken", async () => {
    const { sessions, coat } = createOwnedRoom();
    const header = shown(await sealed(sessions, coat("rt", ["partner"])));
    // The same keys, for an owner of another name.
    const opened = await createOwnedRoom({ associate: OWNERS.partner }).sessions.open(header);
    expect([opened.sessions, opened.broken.length]).toEqual([[], 1]);
  });

  it("can't be sealed for an owner without keys", async () => {
    const { sessions, coat } = createOwnedRoom();
    await expect(sessions.seal(coat("rt", ["nobody"]))).rejects.toThrow(TypeError);
  });

  it("tell with the logout hint whose it is", async () => {
    const { sessions } = createOwnedRoom();
    const hint = { idToken: "id", sid: "sid" };
    for (const owner of ["", "partner"]) {
      const written = (await sessions.sealLogoutHint({ ...hint, owner })) ?? [];
      expect(await sessions.openLogoutHint(shown(written))).toEqual({ ...hint, owner });
      const elsewhere = await createOwnedRoom({}).sessions.openLogoutHint(shown(written));
      expect(elsewhere).toEqual(owner === "" ? { ...hint, owner } : undefined);
    }
  });
});
