import { describe, expect, it } from "vitest";
import { createCloakroom, sealed, shown, START } from "../suite/coats.ts";

describe("deadlines", () => {
  it("stand inside the seal: a cookie replayed after the absolute one is gone, whatever Max-Age said (S-062)", async () => {
    const { sessions, clock, coat } = createCloakroom();
    const value = coat();
    const header = shown(await sealed(sessions, value));
    clock.nowMs = START + 43_200_000 - 1;
    expect((await sessions.open(header)).sessions).toHaveLength(1);
    clock.nowMs += 1;
    const opened = await sessions.open(header);
    expect(opened).toMatchObject({ sessions: [], expired: [{ value }], unreadable: [] });
    expect(opened.broken).toEqual([header.slice(0, header.indexOf("="))]);
  });

  it("of idleness are told and not decided, since a ledger may know of a later touch", async () => {
    const { sessions, clock, coat } = createCloakroom();
    const header = shown(await sealed(sessions, coat()));
    clock.nowMs = START + 1_800_000 - 1;
    expect((await sessions.open(header)).sessions[0]?.isPastIdleDeadline).toBe(false);
    clock.nowMs += 1;
    expect((await sessions.open(header)).sessions[0]?.isPastIdleDeadline).toBe(true);
  });

  it("move with a touch, for days, but never past the absolute one (S-062)", () => {
    const { sessions, clock, coat } = createCloakroom();
    let value = coat();
    while (clock.nowMs < value.absoluteDeadline) {
      clock.nowMs += 600_000;
      value = sessions.touch(value);
    }
    expect(value).toMatchObject({
      createdAt: START,
      absoluteDeadline: START + 43_200_000,
      idleDeadline: START + 43_200_000,
    });
  });

  it("don't move when the clock goes back (S-144)", () => {
    const { sessions, clock, coat } = createCloakroom();
    const value = coat();
    clock.nowMs -= 600_000;
    expect(sessions.touch(value)).toEqual(value);
    expect(sessions.isTouchDue(value)).toBe(false);
  });

  it.each([
    [1800, 180_000],
    [300, 60_000],
    [60, 30_000],
  ])("with %i idle seconds are due for a touch after %i ms", (idleTimeoutSeconds, dueAfterMs) => {
    const { sessions, clock, coat } = createCloakroom({ idleTimeoutSeconds });
    const value = coat();
    clock.nowMs = START + dueAfterMs - 1;
    expect(sessions.isTouchDue(value)).toBe(false);
    clock.nowMs += 1;
    expect(sessions.isTouchDue(value)).toBe(true);
  });
});

describe("a new session", () => {
  it("has 128 random bits and its deadlines from now", () => {
    const { sessions } = createCloakroom();
    const envelope = sessions.create();
    expect(envelope).toMatchObject({
      v: 1,
      createdAt: START,
      touchedAt: START,
      idleDeadline: START + 1_800_000,
      absoluteDeadline: START + 43_200_000,
    });
    expect(envelope.sid).toMatch(/^[\w-]{22}$/u);
    expect(sessions.create().sid).not.toBe(envelope.sid);
  });

  it("stands before the older ones that the same request shows", async () => {
    const { sessions, clock, coat } = createCloakroom();
    const older = coat("older");
    clock.nowMs += 1000;
    const newer = coat("newer");
    const header = [
      ...shown(await sealed(sessions, older)).split("; "),
      ...shown(await sealed(sessions, newer)).split("; "),
    ].join("; ");
    expect((await sessions.open(header)).sessions.map(({ value }) => value.grant.refreshToken)).toEqual([
      "newer",
      "older",
    ]);
  });
});
