import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ORIGIN } from "../fixtures/rig.ts";
import { startTwoProviders } from "../fixtures/two-providers.ts";
import type { TwoProviders } from "../fixtures/two-providers.ts";
import type { BffConfig } from "./config/bff-config.ts";

const LISTED = ["/", "/courses", "/rooms/*"];
const PATH = "/bff/third-party-login";
let rig: TwoProviders;
beforeAll(async () => {
  rig = await startTwoProviders();
});
afterAll(() => rig.close());

function browserOf(change: Partial<BffConfig> = {}) {
  const bff = rig.instance({ thirdPartyLogin: { returnPaths: LISTED }, ...change });
  return rig.browserOf(bff, rig.browser());
}

function linkTo(parameters: Readonly<Record<string, string>>): string {
  return `${PATH}?${new URLSearchParams(parameters)}`;
}

async function hrefIn(page: Response): Promise<string | undefined> {
  const [, href] = /<a class="" href="([^"]*)"/u.exec(await page.text()) ?? [];
  return href?.replaceAll("&amp;", "&");
}

describe("a sign-in that another site asks for", () => {
  it("isn't there unless places are listed", async () => {
    const answer = await browserOf({ thirdPartyLogin: {} }).navigate(
      linkTo({ iss: rig.issuers.default }),
      "cross-site",
    );
    expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([404, "unknown_route"]);
  });

  it.each([
    ["default", undefined, "/"],
    ["default", "/courses", "/courses"],
    ["default", "/rooms/7?a=1#b", "/rooms/7?a=1#b"],
    ["partner", "/", "/"],
  ] as const)(
    "S-013: lands on a page of ours with a button for %s, and nothing has begun",
    async (name, target, place) => {
      const browser = browserOf();
      const page = await browser.navigate(
        linkTo({
          iss: rig.issuers[name],
          login_hint: "ada&x=<b>",
          ...(target === undefined ? {} : { target_link_uri: ORIGIN + target }),
        }),
        "cross-site",
      );
      expect([page.status, page.headers.get("x-frame-options")]).toEqual([200, "DENY"]);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(browser.cookies.size).toBe(0);
      const href = (await hrefIn(page)) ?? "";
      const query = new URLSearchParams({ returnTo: place, login_hint: "ada&x=<b>" });
      expect(href).toBe(`/bff/login/${name}?${query}`);
      // The person clicks.
      const begun = await browser.navigate(href);
      const asked = new URL(begun.headers.get("location") ?? "");
      expect([asked.origin, asked.searchParams.get("login_hint")]).toEqual([rig.issuers[name], "ada&x=<b>"]);
    },
  );

  it("takes a form, too", async () => {
    const send = (body: string, type: string) =>
      browserOf().navigate(PATH, "cross-site", { method: "POST", body, headers: { "content-type": type } });
    const body = new URLSearchParams({
      iss: rig.issuers.partner,
      target_link_uri: `${ORIGIN}/courses`,
    }).toString();
    const page = await send(body, "application/x-www-form-urlencoded");
    expect([page.status, await hrefIn(page)]).toEqual([200, "/bff/login/partner?returnTo=%2Fcourses"]);
    expect((await send(body, "text/plain")).status).toBe(400);
    expect((await send("x".repeat(70_000), "application/x-www-form-urlencoded")).status).toBe(400);
  });

  it.each([
    ["no issuer", {}, "initiator_unknown"],
    ["an issuer that isn't configured", { iss: "https://id.example" }, "initiator_unknown"],
    ["an issuer that differs by a slash", { iss: "slash" }, "initiator_unknown"],
    ...[
      "https://evil.example/courses",
      `${ORIGIN}.evil.example/courses`,
      `http://x@localhost:3000/courses`,
      "//evil.example/courses",
      "/courses",
      "javascript:alert(1)",
      `${ORIGIN}/admin`,
      `${ORIGIN}/courses/7`,
      `${ORIGIN}/rooms`,
      `${ORIGIN}/rooms/../admin`,
      `${ORIGIN}/rooms/%2e%2e/admin`,
      `${ORIGIN}/rooms/%2f%2e%2e%2fadmin`,
      `${ORIGIN}//evil.example`,
      `${ORIGIN}/bff/logout`,
      `${ORIGIN}/api/notes`,
      `${ORIGIN}/rooms/${"a".repeat(3_000)}`,
      "",
    ].map(
      (target) =>
        [`the target ${target.slice(0, 60)}`, { target_link_uri: target }, "target_not_listed"] as const,
    ),
  ] as const)("S-008: leads nowhere with %s", async (_, parameters, reason) => {
    const { iss: given } = parameters as { readonly iss?: string };
    const known = reason === "target_not_listed" ? { iss: rig.issuers.default } : {};
    const iss = given === "slash" ? { iss: `${rig.issuers.default}/` } : {};
    rig.log.length = 0;
    const page = await browserOf().navigate(linkTo({ ...known, ...parameters, ...iss }), "cross-site");
    expect([page.status, await hrefIn(page)]).toEqual([400, undefined]);
    expect(rig.log.flatMap(({ reason: found }) => found ?? [])).toEqual([reason]);
  });

  it("is refused in a frame, and to scripts", async () => {
    const link = linkTo({ iss: rig.issuers.default });
    for (const headers of [
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    ]) {
      const answer = await browserOf().raw(link, { headers });
      expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([403, "guard_refused"]);
    }
  });
});

describe("signing out at the provider", () => {
  it("S-098: hands it who it is, whose client asks, and in which language, and nothing that isn't a short text", async () => {
    const browser = await rig.signedInAt("partner");
    const out = await browser.fetch("/bff/logout", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ provider: true, logoutHint: "ada&state=x", uiLocales: "nb en" }),
    });
    const { next } = (await out.json()) as { next: string };
    expect(next).toBe("/bff/logout/provider?logout_hint=ada%26state%3Dx&ui_locales=nb+en");
    const copy = browser.copy();
    const asked = new URL((await browser.navigate(next)).headers.get("location") ?? "").searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: "coatcheck-partner",
      post_logout_redirect_uri: `${ORIGIN}/`,
      logout_hint: "ada&state=x",
      ui_locales: "nb en",
    });
    expect(asked.get("id_token_hint")).toMatch(/^ey/u);
    const bad = `/bff/logout/provider?logout_hint=a%0d%0ab&ui_locales=a&ui_locales=b&client_id=x`;
    const plain = new URL((await copy.navigate(bad)).headers.get("location") ?? "").searchParams;
    expect([...plain.keys()].toSorted()).toEqual([
      "client_id",
      "id_token_hint",
      "post_logout_redirect_uri",
      "state",
    ]);
  });
});
