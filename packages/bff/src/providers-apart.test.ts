import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ORIGIN } from "../fixtures/rig.ts";
import { configOf, otherThan, PROVIDER_NAMES, startTwoProviders } from "../fixtures/two-providers.ts";
import type { ProviderName, TwoProviders } from "../fixtures/two-providers.ts";

let rig: TwoProviders;
beforeAll(async () => {
  rig = await startTwoProviders();
});
afterAll(() => rig.close());

describe("answers of one provider for another (mix-up)", () => {
  /** Path and query of a callback at `at`, changed. */
  function moved(
    callback: string,
    at: ProviderName,
    change: (query: URLSearchParams) => void = () => undefined,
  ): string {
    const query = new URLSearchParams(callback.split("?")[1]);
    change(query);
    return `/bff/callback${at === "default" ? "" : `/${at}`}?${query}`;
  }

  it.each(
    PROVIDER_NAMES.flatMap((begunAt) => {
      const other: ProviderName = otherThan(begunAt);
      return [
        [
          "its own state and code at the other one's address",
          begunAt,
          "callback_of_another_provider",
          (own: string) => moved(own, other),
        ],
        [
          "the other one's code",
          begunAt,
          "response_iss_mismatch",
          (own: string, foreign: string) =>
            moved(foreign, begunAt, (query) =>
              query.set("state", new URLSearchParams(own.split("?")[1]).get("state") ?? ""),
            ),
        ],
        [
          "the other one's code, without iss",
          begunAt,
          "response_iss_missing",
          (own: string, foreign: string) =>
            moved(foreign, begunAt, (query) => {
              query.set("state", new URLSearchParams(own.split("?")[1]).get("state") ?? "");
              query.delete("iss");
            }),
        ],
        [
          "the other one's iss",
          begunAt,
          "response_iss_mismatch",
          (own: string) => moved(own, begunAt, (query) => query.set("iss", rig.issuers[other])),
        ],
        [
          "the other one's state",
          begunAt,
          "callback_of_another_provider",
          (own: string, foreign: string) =>
            moved(own, begunAt, (query) =>
              query.set("state", new URLSearchParams(foreign.split("?")[1]).get("state") ?? ""),
            ),
        ],
      ] as const;
    }),
  )("%s: refused for a sign-in at %s (%s)", async (_, begunAt, reason, attack) => {
    const browser = rig.browser();
    const own = await rig.walkToCallback(browser, { provider: begunAt });
    const foreign = await rig.walkToCallback(browser, {
      provider: otherThan(begunAt),
    });
    const codesRedeemed = await Promise.all(PROVIDER_NAMES.map((name) => rig.callsOf(name)));
    rig.log.length = 0;
    const answer = await browser.navigate(attack(own, foreign), "cross-site");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/?signin=failed"]);
    expect(rig.log.filter(({ event }) => event === "sign_in_failed").map((line) => line["reason"])).toEqual([
      reason,
    ]);
    expect((await rig.viewOf(browser)).state).toBe("anonymous");
    // Neither provider was asked about a code.
    expect(await Promise.all(PROVIDER_NAMES.map((name) => rig.callsOf(name)))).toEqual(codesRedeemed);
  });

  it("costs the sign-in that it names nothing: its own provider's answer still ends it", async () => {
    const browser = rig.browser();
    const own = await rig.walkToCallback(browser, { provider: "default" });
    await browser.navigate(own.replace("/bff/callback", "/bff/callback/partner"), "cross-site");
    const end = await browser.navigate(own, "cross-site");
    expect([end.headers.get("location"), (await rig.viewOf(browser)).state]).toEqual(["/", "active"]);
  });
});

describe("cookies of several providers", () => {
  it("S-132: a session without a name of a provider is the default one's, as before there were others", async () => {
    const before = rig.instance({ providers: {} });
    const browser = rig.browserOf(before, rig.browser());
    await browser.navigate(await rig.walkToCallback(browser), "cross-site");
    const after = rig.browserOf(rig.bff, browser);
    const view = await rig.viewOf(after);
    expect([view.state, view.provider]).toEqual(["active", undefined]);
  });

  it.each([
    ["doesn't know the provider", () => ({})],
    [
      "knows another client by its name",
      () => ({ partner: { ...configOf("partner", rig.issuers.partner), clientId: "another-client" } }),
    ],
    [
      "knows another issuer by its name",
      () => ({ partner: configOf("partner", "http://127.0.0.1:9/another") }),
    ],
  ])(
    "S-132: one of the partner opens nothing where an instance %s, and stays for those that do",
    async (_, providers) => {
      const browser = await rig.signedInAt("partner");
      const there = rig.browserOf(rig.instance({ providers: providers() }), browser);
      const calls = await rig.callsOf("default");
      const [view, api] = [await rig.viewOf(there), await there.fetch("/api/plain/1")];
      expect([view.state, view.reason, api.status]).toEqual(["anonymous", "unreadable", 401]);
      // A rolling deployment: the other instances still open it.
      expect((await rig.viewOf(rig.browserOf(rig.bff, there))).state).toBe("active");
      expect(await rig.callsOf("default")).toBe(calls);
    },
  );

  it("S-132: one of the partner is nobody's where it has another name", async () => {
    const browser = await rig.signedInAt("partner");
    const providers = { associate: configOf("partner", rig.issuers.partner) };
    const there = rig.browserOf(rig.instance({ providers }), browser);
    expect((await rig.viewOf(there)).state).toBe("anonymous");
    expect(there.cookies.size).toBeLessThan(browser.cookies.size);
  });
});

describe("back-channel logout of one of several providers", () => {
  function post(body: string, at: ProviderName) {
    return rig.bff.app.request(`${ORIGIN}/bff/backchannel-logout${at === "default" ? "" : `/${at}`}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", host: "bff.internal" },
      body,
    });
  }
  async function tokensOf(name: ProviderName, by: "sub" | "sid", user: string): Promise<readonly string[]> {
    rig.sentLogouts.length = 0;
    await rig.controls[name].sendBackchannelLogout({ user, by });
    return [...rig.sentLogouts];
  }

  // By session first: a token by person ends their sign-ins of the same second, too.
  it.each([
    ["default", "sid", "ines"],
    ["partner", "sid", "ines"],
    ["default", "sub", "ines"],
    ["partner", "sub", "ada"],
  ] as const)(
    "S-100 S-132: a token of %s by %s ends its sessions, and no session of the other's equal subject",
    async (name, by, user) => {
      const other: ProviderName = otherThan(name);
      const theirs = await rig.signedInAt(other, user);
      const own = await rig.signedInAt(name, user);
      const bodies = await tokensOf(name, by, user);
      expect(bodies).not.toEqual([]);
      for (const body of bodies) {
        const misdirected = await post(body, other);
        expect([misdirected.status, await misdirected.json()]).toEqual([400, { error: "invalid_request" }]);
      }
      const states = await Promise.all(
        [own, theirs].map(async (browser) => (await rig.viewOf(browser)).state),
      );
      expect(states).toEqual(["active", "active"]);
      for (const body of bodies) expect((await post(body, name)).status).toBe(200);
      expect(await rig.viewOf(own)).toMatchObject({ state: "anonymous", reason: "revoked" });
      expect((await rig.viewOf(theirs)).state).toBe("active");
    },
  );
});
