import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBrowser } from "../suite/browser.ts";
import { createCloakroom, sealed } from "../suite/coats.ts";

function text(length: number): string {
  return randomBytes(length).toString("hex").slice(0, length);
}
function isTransaction(name: string): boolean {
  return name.startsWith("__Host-coatcheck-tx-");
}

describe("the budget", () => {
  it("names the guilty claim of a session that is too large, and nothing of what is in it (S-067)", async () => {
    const { sessions, coat } = createCloakroom();
    const groups = Array.from({ length: 400 }, (_, index) => `group-${index}`);
    const outcome = await sessions.seal(coat("rt", groups));
    expect(outcome).toMatchObject({ report: { largest: [{ path: "user.groups" }, {}, {}, {}, {}] } });
    expect(JSON.stringify(outcome)).not.toContain("group-1");
  });

  it("refuses a session that is too large with the same report, and writes nothing (S-067)", async () => {
    const { sessions, coat } = createCloakroom();
    const outcome = await sessions.seal(coat(text(20_000)));
    expect(outcome).toMatchObject({
      kind: "too_large",
      report: { largest: [{ path: "grant.refreshToken", bytes: 20_002 }, {}, {}, {}, {}] },
    });
    expect("setCookie" in outcome).toBe(false);
  });

  it.each([
    ["isn't JSON", { user: { name: "Ada" }, grant: { refreshToken: "rt", size: 1n } }],
    ["its own reader wouldn't take back", { user: { name: "Ada" }, grant: {} }],
    [
      "has a deadline that isn't a number",
      { user: { name: "Ada" }, grant: { refreshToken: "rt" }, idleDeadline: Number.NaN },
    ],
  ])("refuses a value that %s (S-067)", async (_, parts) => {
    const { sessions, coat } = createCloakroom();
    await expect(sessions.seal({ ...coat(), ...(parts as object) })).rejects.toMatchObject({
      code: "value_unreadable",
    });
  });

  it("keeps three transactions and evicts the oldest; the newest always stays (S-147)", async () => {
    const { sessions, clock } = createCloakroom();
    const browser = createBrowser();
    for (let index = 0; index < 200; index += 1) {
      clock.nowMs += 1000;
      browser.store(
        await sessions.sealTransaction(
          { state: `s${index}`, codeVerifier: text(43) },
          `s${index}`,
          browser.header(),
        ),
      );
    }
    const left = await Promise.all(
      ["s196", "s197", "s198", "s199"].map(async (state) =>
        sessions.openTransaction(browser.header(), state),
      ),
    );
    expect(left.map((transaction) => transaction?.value.state)).toEqual([undefined, "s197", "s198", "s199"]);
    expect(browser.names()).toHaveLength(3);
  });

  it("holds for every request, whatever sessions, sign-ins and hints come together (S-147)", async () => {
    const step = fc.record({
      kind: fc.constantFrom("login", "session", "hint", "touch"),
      size: fc.integer({ min: 10, max: 3200 }),
    });
    await expect(
      fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const { sessions, clock, coat } = createCloakroom();
          const browser = createBrowser();
          let largest = 0;
          let current = coat();
          for (const [index, { kind, size }] of steps.entries()) {
            clock.nowMs += 1000;
            const header = browser.header();
            if (kind === "login") {
              const state = `s${index}`;
              const outcome = sessions.sealTransaction(
                { state, codeVerifier: text(size / 3) },
                state,
                header,
              );
              browser.store(await outcome.catch(() => []));
            } else if (kind === "session") {
              browser.store(
                sessions.expire(
                  browser.names().filter((name) => !isTransaction(name) && !name.endsWith("logout")),
                ),
              );
              current = coat(text(size));
              const outcome = await sessions.seal(current, header);
              const written = outcome.kind === "sealed" ? outcome.setCookie : [];
              browser.store(written);
              const hint = await sessions.sealLogoutHint(
                { idToken: text(1000), sid: current.sid },
                written,
                header,
              );
              browser.store(hint ?? sessions.expireLogoutHint());
            } else if (kind === "touch") {
              const [opened] = (await sessions.open(header)).sessions;
              browser.store(opened === undefined ? [] : await sealed(sessions, sessions.touch(opened.value)));
            }
            largest = Math.max(largest, browser.header().length);
            browser.store(sessions.expire((await sessions.open(browser.header())).broken));
            largest = Math.max(largest, browser.header("/bff/logout").length);
          }
          return largest <= 7500;
        }),
        { numRuns: 60 },
      ),
    ).resolves.toBeUndefined();
  });

  it("heals itself: what doesn't fit is to be removed, and the session stays (S-147)", async () => {
    const { sessions, clock, coat } = createCloakroom();
    const browser = createBrowser();
    browser.store(await sealed(sessions, coat(text(2900))));
    for (const state of ["a", "b", "c"]) {
      clock.nowMs += 1000;
      browser.store(await sessions.sealTransaction({ state, codeVerifier: text(700) }, state, undefined));
    }
    expect(browser.header().length).toBeGreaterThan(7500);
    const opened = await sessions.open(browser.header());
    expect(opened.sessions).toHaveLength(1);
    expect(opened.broken[0]).toBe(await sessions.transactionName("a"));
    browser.store(sessions.expire(opened.broken));
    expect(browser.header().length).toBeLessThanOrEqual(7500);
    expect(await sessions.openTransaction(browser.header(), "c")).toBeDefined();
  });

  it("leaves out a logout hint that doesn't fit", async () => {
    const { sessions, coat } = createCloakroom();
    const written = await sealed(sessions, coat(text(3200)));
    expect(await sessions.sealLogoutHint({ idToken: text(1700), sid: "sid" }, written)).toBeUndefined();
    expect(
      await sessions.sealLogoutHint({ idToken: text(1400), sid: "sid" }, await sealed(sessions, coat())),
    ).toHaveLength(1);
    expect(await sessions.sealLogoutHint({ idToken: text(5000), sid: "sid" })).toBeUndefined();
  });

  it("gives a logout hint up rather than the sign-in that a person has just begun", async () => {
    const { sessions, coat } = createCloakroom();
    const browser = createBrowser();
    browser.store(await sealed(sessions, coat(text(2900))));
    browser.store((await sessions.sealLogoutHint({ idToken: text(900), sid: "sid" })) ?? []);
    expect(browser.names()).toContain("__Secure-coatcheck-logout");
    browser.store(
      await sessions.sealTransaction({ state: "s", codeVerifier: text(500) }, "s", browser.header()),
    );
    expect(browser.names()).not.toContain("__Secure-coatcheck-logout");
    expect(await sessions.openTransaction(browser.header(), "s")).toBeDefined();
  });

  it("refuses a sign-in that fits into no cookie", async () => {
    const { sessions } = createCloakroom();
    await expect(
      sessions.sealTransaction({ state: "s", codeVerifier: text(4000) }, "s", undefined),
    ).rejects.toMatchObject({ code: "transaction_too_large" });
  });

  it("keeps all that the largest sign-in sets within 9,000 bytes, names and attributes included (S-147)", async () => {
    const { sessions } = createCloakroom();
    const browser = createBrowser();
    for (const state of ["a", "b", "c"]) {
      browser.store(await sessions.sealTransaction({ state, codeVerifier: "v" }, state, browser.header()));
    }
    const replaced = [
      "__Host-coatcheck-0a1b2c3d",
      "__Host-coatcheck-0a1b2c3d.1",
      "__Host-coatcheck-0a1b2c3d.2",
    ];
    let largest = 0;
    for (let size = 2500; size < 3700; size += 40) {
      const { sessions: own, coat } = createCloakroom();
      const outcome = await own.seal(coat(text(size)), browser.header());
      if (outcome.kind !== "sealed") break;
      for (let hintSize = 200; hintSize < 2000; hintSize += 200) {
        const consumed = own.expire([...browser.names(), ...replaced]);
        const beside = [...consumed, ...outcome.setCookie];
        const hint = await own.sealLogoutHint(
          { idToken: text(hintSize), sid: "s" },
          beside,
          browser.header(),
        );
        const all = [...beside, ...(hint ?? own.expireLogoutHint())];
        largest = Math.max(
          largest,
          all.reduce((sum, setCookie) => sum + "set-cookie: \r\n".length + setCookie.length, 0),
        );
      }
    }
    expect(largest).toBeGreaterThan(7500);
    expect(largest).toBeLessThan(9000);
  });
});
