import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RESOURCE } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/rig.ts";
import {
  configOf,
  otherThan,
  PROVIDER_NAMES,
  redirectUriOf,
  SECRETS,
  startTwoProviders,
} from "../fixtures/two-providers.ts";
import type { ProviderName, TwoProviders } from "../fixtures/two-providers.ts";

let rig: TwoProviders;
beforeAll(async () => {
  rig = await startTwoProviders();
});
afterAll(() => rig.close());

function originOf(response: Response): string {
  return new URL(response.headers.get("location") ?? "").origin;
}

describe("one BFF with several providers", () => {
  it.each([
    ["/bff/login", "default"],
    ["/bff/login/default", "default"],
    ["/bff/login/partner", "partner"],
  ] as const)("begins at %s a sign-in at the provider %s", async (path, name) => {
    const begun = await rig.browser().navigate(path);
    expect([begun.status, originOf(begun)]).toEqual([302, rig.issuers[name]]);
    const asked = new URL(begun.headers.get("location") ?? "").searchParams;
    expect([asked.get("client_id"), asked.get("redirect_uri")]).toEqual([
      `coatcheck-${name}`,
      redirectUriOf(name),
    ]);
  });

  it.each(["/bff/login/nobody", "/bff/callback/nobody", "/bff/callback/default"])(
    "knows nothing at %s",
    async (path) => {
      const answer = await rig.browser().navigate(path);
      expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([404, "unknown_route"]);
    },
  );

  it.each(PROVIDER_NAMES)("asks nobody but %s for what a session of it needs", async (name) => {
    const other: ProviderName = otherThan(name);
    const browser = await rig.signedInAt(name);
    const before = await rig.callsOf(other);
    const view = await rig.viewOf(browser);
    expect([view.state, view.provider]).toEqual(["active", name === "default" ? undefined : name]);

    expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
    const refreshed = await browser.fetch("/bff/refresh", { method: "POST" });
    expect([refreshed.status, ((await refreshed.json()) as { generation?: number }).generation]).toEqual([
      200, 1,
    ]);
    const facts = await browser.fetch("/bff/validate", { method: "POST" });
    expect(await facts.json()).toMatchObject({ active: true });
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);

    const signedOut = await browser.fetch("/bff/logout", {
      method: "POST",
      body: JSON.stringify({ provider: true }),
      headers: { "content-type": "application/json" },
    });
    expect(await signedOut.json()).toEqual({ next: "/bff/logout/provider" });
    const leaving = await browser.navigate("/bff/logout/provider");
    expect([leaving.status, originOf(leaving)]).toEqual([303, rig.issuers[name]]);
    await rig.bff.drain();
    expect(await rig.callsOf(other)).toBe(before);
  });

  it("hands what a session that ends can still spend to its own provider alone", async () => {
    const browser = await rig.signedInAt("partner");
    const spent = (await rig.controls.partner.issuedSecrets()).findLast(
      ({ kind }) => kind === "refresh token",
    );
    const before = await rig.callsOf("default");
    await browser.fetch("/bff/logout", { method: "POST" });
    await rig.bff.drain();
    const answer = await fetch(`${rig.issuers.partner}/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa(`coatcheck-partner:${SECRETS.partner}`)}`,
      },
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: spent?.value ?? "" }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_grant" }]);
    expect(await rig.callsOf("default")).toBe(before);
  });

  it("knows people of two providers with one subject as two", async () => {
    const [one, other] = [
      await rig.viewOf(await rig.signedInAt("default")),
      await rig.viewOf(await rig.signedInAt("partner")),
    ];
    expect(one.userKey).not.toBe(other.userKey);
  });

  it("lets the same browser sign in at the other one, and ends the first session at its own provider", async () => {
    const browser = await rig.signedInAt("default");
    const old = browser.copy();
    const end = await rig.signIn(browser, { provider: "partner" });
    expect([end.status, end.headers.get("location")]).toEqual([303, "/"]);
    expect(await rig.viewOf(browser)).toMatchObject({ state: "active", provider: "partner" });
    expect((await rig.viewOf(old)).state).toBe("anonymous");
  });
});

describe("an API route that names providers", () => {
  it("gets no session of another one, and its token isn't asked for there", async () => {
    const bff = rig.instance({
      routes: [
        { prefix: "/api/mine", upstream: `${rig.api.origin}/v1`, resource: RESOURCE, providers: ["partner"] },
      ],
    });
    const begun = await rig.browserOf(bff, rig.browser()).navigate("/bff/login/default");
    expect(new URL(begun.headers.get("location") ?? "").searchParams.getAll("resource")).toEqual([]);
    const statuses = await Promise.all(
      PROVIDER_NAMES.map(async (name) => {
        const browser = rig.browserOf(bff, rig.browser());
        await browser.navigate(await rig.walkToCallback(browser, { provider: name }), "cross-site");
        const answer = await browser.fetch("/api/mine/1");
        return [answer.status, answer.headers.get("coatcheck-problem")];
      }),
    );
    expect(statuses).toEqual([
      [403, "resource_unavailable"],
      [200, null],
    ]);
  });
});

describe("S-113: API routes that name no providers", () => {
  const upstream = "https://api.example";
  const open = { prefix: "/api/open", upstream };
  const named = { prefix: "/api/named", upstream, providers: ["default"] };
  const anonymous = { prefix: "/api/anonymous", upstream, tokenKind: "none" };
  const warned = (): readonly unknown[] =>
    rig.log.filter(({ event }) => event === "route_of_all_providers").map(({ routes }) => routes);

  it.each([
    ["are warned of at start, each by its name", [open, named, anonymous], ["/api/open"]],
    ["and no others", [named, anonymous], []],
  ])("%s", (_, routes, expected) => {
    rig.log.length = 0;
    rig.instance({ routes });
    expect(warned()).toEqual(expected);
  });

  it("are none of a BFF with one provider", () => {
    rig.log.length = 0;
    rig.instance({ routes: [open], providers: {} });
    expect(warned()).toEqual([]);
  });
});

describe("a sign-in that names no provider", () => {
  it("leads to a page of ours with all of them, where the configuration says so", async () => {
    const bff = rig.instance({ chooseProvider: "page" });
    const page = await rig
      .browserOf(bff, rig.browser())
      .navigate("/bff/login?returnTo=%2Fa%3Fb%3D1&login_hint=%22%3E%3Cb%3E");
    expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const text = await page.text();
    expect(text).toContain(">Partner &amp; Co</a>");
    expect(text).toContain(`href="/bff/login/default?returnTo=%2Fa%3Fb%3D1&amp;login_hint=%22%3E%3Cb%3E"`);
    expect(text).not.toContain("<b>");
  });

  it.each([
    ["names one", () => "partner", "partner"],
    ["names one later", () => Promise.resolve("partner"), "partner"],
    ["names nobody", () => undefined, "default"],
    ["names somebody unknown", () => "nobody", "default"],
    ["throws", () => Promise.reject<string>(new Error("the directory is down")), "default"],
  ] as readonly (readonly [string, () => string | undefined | Promise<string>, ProviderName])[])(
    "asks the application's hook first; where it %s, begins at %s",
    async (_, onChooseProvider, name) => {
      const bff = rig.instance({}, { onChooseProvider });
      const begun = await rig
        .browserOf(bff, rig.browser())
        .navigate("/bff/login?login_hint=ada@partner.example");
      expect([begun.status, originOf(begun)]).toEqual([302, rig.issuers[name]]);
    },
  );

  it("tells the hook what the link says, and who there is", async () => {
    const notified: unknown[] = [];
    const bff = rig.instance(
      {},
      {
        onChooseProvider: ({ providers, query }) => {
          notified.push(providers, query.get("login_hint"));
          return undefined;
        },
      },
    );
    await rig.browserOf(bff, rig.browser()).navigate("/bff/login?login_hint=ada@partner.example");
    expect(notified).toEqual([
      [
        { name: "default", label: new URL(rig.issuers.default).host },
        { name: "partner", label: "Partner & Co" },
      ],
      "ada@partner.example",
    ]);
  });
});

describe("one of several providers that can't be used", () => {
  it.each([
    ["is down", "http://127.0.0.1:9/", ["provider_undiscovered"]],
    ["isn't who it was said to be", "wrong", ["provider_undiscovered", "provider_unusable"]],
  ] as const)(
    "%s: the others' sign-ins go on, traffic comes, and readiness names it",
    async (_, issuer, reasons) => {
      const wrong = issuer === "wrong" ? rig.issuers.partner.replace("127.0.0.1", "localhost") : issuer;
      const bff = rig.instance({ providers: { partner: configOf("partner", wrong) } });
      const readiness = await bff.readiness();
      expect(readiness).toMatchObject({
        isReady: true,
        providers: { default: { reasons: [] }, partner: { reasons } },
      });
      const browser = rig.browserOf(bff, rig.browser());
      expect((await browser.navigate("/bff/login/partner")).status).toBe(503);
      await browser.navigate(await rig.walkToCallback(browser), "cross-site");
      expect((await rig.viewOf(browser)).state).toBe("active");
    },
  );

  it("fails its own refreshes alone: the other one's sessions are asked for and stay as they were", async () => {
    const bff = rig.instance();
    const ours = rig.browserOf(bff, await rig.signedInAt("default"));
    const theirs = rig.browserOf(bff, await rig.signedInAt("partner"));
    await rig.controls.partner.addFault({ kind: "unavailable", endpoint: "token" });
    const refresh = (browser: Browser) => browser.fetch("/bff/refresh", { method: "POST" });
    try {
      expect((await refresh(theirs)).status).toBe(503);
      expect((await refresh(ours)).status).toBe(200);
      expect((await rig.viewOf(theirs)).state).toBe("degraded");
      expect((await rig.viewOf(ours)).state).toBe("active");
      const { isReady, providers } = await bff.readiness();
      expect([isReady, providers?.["default"]?.reasons, providers?.["partner"]?.reasons]).toEqual([
        true,
        [],
        ["provider_down"],
      ]);
      const opened = rig.log.filter(({ event }) => event === "breaker_opened");
      expect(opened.map((line) => line["provider"])).toEqual(["partner"]);
    } finally {
      await rig.controls.partner.clearFaults();
    }
  });
});
