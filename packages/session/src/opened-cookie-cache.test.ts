import { describe, expect, it } from "vitest";
import { type Cloakroom, type Coat, createCloakroom, sealed, shown, START } from "../suite/coats.ts";
import { createIronSealer } from "./sealer.ts";
import type { OpenedCookiesConfig } from "./session-config.ts";

/** A cloakroom that counts how often a seal is opened; `elsewhere`: another process with the same keys. */
function createCounted(
  openedCookies: OpenedCookiesConfig = {},
): Cloakroom & { readonly elsewhere: Cloakroom["sessions"]; readonly unseals: () => number } {
  const sealer = createIronSealer();
  let count = 0;
  const room = createCloakroom(
    { openedCookies },
    {
      sealer: {
        seal: (value, secret, ttlSeconds) => sealer.seal(value, secret, ttlSeconds),
        unseal: (text, secret) => {
          count += 1;
          return sealer.unseal(text, secret);
        },
      },
    },
  );
  return { ...room, elsewhere: createCloakroom().sessions, unseals: () => count };
}

describe("a cookie that was sealed here a moment ago", () => {
  it.each([
    ["whole", "rt-1"],
    ["in chunks", "r".repeat(2900)],
  ])("opens without its seal, %s, to what another process reads", async (_, refreshToken) => {
    const { sessions, elsewhere, coat, unseals } = createCounted();
    const value = coat(refreshToken);
    const header = shown(await sealed(sessions, value));
    const opened = await sessions.open(header);
    expect(opened).toEqual(await elsewhere.open(header));
    expect(unseals()).toBe(0);
    expect(() => Object.assign(opened.sessions[0]?.value.grant ?? {}, { refreshToken: "mine" })).toThrow(
      TypeError,
    );
    expect(Object.isFrozen(value.grant)).toBe(false);
  });

  it("is still not what was to be sealed, where the reader says otherwise", async () => {
    const { sessions, coat } = createCloakroom({
      openedCookies: {},
      parseValue: (json) => ({ ...(json as Coat), user: { name: "read" } }),
    });
    const header = shown(await sealed(sessions, coat()));
    expect((await sessions.open(header)).sessions[0]?.value.user.name).toBe("read");
  });
});

describe("a cookie that was opened a moment ago", () => {
  it("opens again without its seal, to the same value", async () => {
    const { sessions, elsewhere, coat, unseals } = createCounted();
    const header = shown(await sealed(elsewhere, coat()));
    const first = await sessions.open(header);
    expect(await sessions.open(header)).toEqual(first);
    expect(unseals()).toBe(1);
  });

  it("in chunks, too", async () => {
    const { sessions, elsewhere, coat, unseals } = createCounted();
    const header = shown(await sealed(elsewhere, coat("r".repeat(2900))));
    expect(header).toContain(".2=");
    for (let times = 0; times < 3; times += 1) expect((await sessions.open(header)).sessions).toHaveLength(1);
    expect(unseals()).toBe(1);
  });

  it("lends nothing to a forgery: one changed bit, another name, another form (S-059, S-060)", async () => {
    const { sessions, elsewhere, coat } = createCounted();
    const header = shown(await sealed(elsewhere, coat()));
    expect((await sessions.open(header)).sessions).toHaveLength(1);
    const [name = "", value = ""] = header.split("=");
    const forgeries = [
      ...Array.from(
        value,
        (_, at) => `${name}=${value.slice(0, at)}${value[at] === "A" ? "B" : "A"}${value.slice(at + 1)}`,
      ).filter((forgery) => forgery !== header),
      `${header}A`,
      header.slice(0, -1),
      `__Host-coatcheck-00000000=${value}`,
      `${name}.1=${value}`,
    ];
    const survivors: string[] = [];
    for (const forgery of forgeries) {
      if ((await sessions.open(forgery)).sessions.length > 0) survivors.push(forgery);
    }
    expect(survivors).toEqual([]);
    expect((await sessions.open(header)).sessions).toHaveLength(1);
  });

  it("is idle and over when its time has come, as any other (S-062)", async () => {
    const { sessions, elsewhere, clock, coat, unseals } = createCounted({ maxAgeSeconds: 3600 });
    const value = { ...coat(), idleDeadline: START + 10_000, absoluteDeadline: START + 20_000 };
    const header = shown(await sealed(elsewhere, value));
    expect((await sessions.open(header)).sessions[0]?.isPastIdleDeadline).toBe(false);
    clock.nowMs += 10_000;
    expect((await sessions.open(header)).sessions[0]?.isPastIdleDeadline).toBe(true);
    clock.nowMs += 10_000;
    expect(await sessions.open(header)).toMatchObject({ sessions: [], expired: [{ value }] });
    expect(unseals()).toBe(1);
  });

  it("gives every request what was sealed, whatever another one tried to do to it", async () => {
    const { sessions, elsewhere, coat } = createCounted();
    const value = coat("rt-1", ["staff"]);
    const header = shown(await sealed(elsewhere, value));
    for (let times = 0; times < 2; times += 1) {
      const opened = (await sessions.open(header)).sessions[0]?.value;
      expect(opened).toEqual(value);
      expect(() => Object.assign(opened?.grant ?? {}, { refreshToken: "mine" })).toThrow(TypeError);
      expect(() => Object.assign(opened?.user.groups ?? [], { 1: "admin" })).toThrow(TypeError);
    }
  });
});

describe("what is remembered", () => {
  it("stays within its number: the oldest goes first", async () => {
    const { sessions, elsewhere, coat, unseals } = createCounted({ maxEntries: 2 });
    const headers = await Promise.all(
      [1, 2, 3].map(async (index) => shown(await sealed(elsewhere, coat(`rt-${index}`)))),
    );
    for (const header of headers) await sessions.open(header);
    expect(unseals()).toBe(3);
    await sessions.open(headers[2]);
    await sessions.open(headers[1]);
    expect(unseals()).toBe(3);
    await sessions.open(headers[0]);
    expect(unseals()).toBe(4);
  });

  it.each([
    ["its age is up, however often it is shown", 60_000],
    ["the clock was put back", -1],
  ])("is forgotten when %s", async (_, laterMs) => {
    const { sessions, elsewhere, clock, coat, unseals } = createCounted();
    const header = shown(await sealed(elsewhere, coat()));
    await sessions.open(header);
    clock.nowMs += Math.max(0, laterMs - 1);
    await sessions.open(header);
    expect(unseals()).toBe(1);
    clock.nowMs += Math.min(1, laterMs);
    expect((await sessions.open(header)).sessions).toHaveLength(1);
    expect(unseals()).toBe(2);
  });

  it("is nothing where configuration says so, and nothing of what didn't open", async () => {
    const off = createCounted({ maxEntries: 0 });
    const header = shown(await sealed(off.sessions, off.coat()));
    await off.sessions.open(header);
    await off.sessions.open(header);
    expect(off.unseals()).toBe(2);

    const picky = createCounted();
    const { sessions } = createCloakroom({ parseValue: () => undefined });
    const foreign = shown(await sealed(picky.sessions, picky.coat()));
    expect((await sessions.open(foreign)).broken).toHaveLength(1);
    expect((await sessions.open(foreign)).broken).toHaveLength(1);
  });
});
