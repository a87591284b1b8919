import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { BffError } from "./bff-error.ts";
import type { BffConfig } from "./config/bff-config.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** What reaches the provider. */
async function asked(query: string, provider: Partial<BffConfig["provider"]> = {}): Promise<URLSearchParams> {
  const bff = rig.instance({ provider: { ...rig.config.provider, ...provider } });
  const begun = await createBrowser(bff, ORIGIN, rig.seen).navigate(`/bff/login?${query}`);
  return new URL(begun.headers.get("location") ?? "").searchParams;
}

describe("a sign-in link", () => {
  it.each([
    ["login_hint", "ada@example.org"],
    ["ui_locales", "nb en"],
    ["audience", "https://api.example/"],
    ["organization", "org_1"],
    ["screen_hint", "signup"],
    ["domain_hint", "example.org"],
    ["kc_idp_hint", "github"],
    ["prompt", "login"],
    ["prompt", "select_account"],
    ["prompt", "create"],
    ["prompt", "none"],
    ["max_age", "60"],
    ["acr_values", "gold"],
  ])("hands %s=%s to the provider", async (name, value) => {
    expect((await asked(new URLSearchParams({ [name]: value }).toString())).getAll(name)).toEqual([value]);
  });

  it("S-009: hands on nothing else, nothing twice, and nothing that is no text", async () => {
    const plain = [...(await asked("")).keys()].toSorted();
    for (const query of [
      "redirect_uri=https://evil.example&client_id=evil&scope=admin&state=x&nonce=x&response_type=token",
      "claims=%7B%7D&request=x&request_uri=x&id_token_hint=x&registration=x&response_mode=fragment",
      "code_challenge=x&code_challenge_method=plain&resource=https://evil.example&dpop_jkt=x",
      "login_hint=a&login_hint=b",
      "login_hint=a%0d%0ab",
      "login_hint=",
      `login_hint=${"a".repeat(513)}`,
      "prompt=consent",
      "tenant=x",
    ]) {
      const sent = await asked(query);
      expect([query, [...sent.keys()].toSorted()]).toEqual([query, plain]);
      expect(sent.get("redirect_uri")).toBe(`${ORIGIN}/bff/callback`);
    }
  });

  it("hands on what configuration names", async () => {
    expect((await asked("tenant=x", { loginParameters: ["tenant"] })).get("tenant")).toBe("x");
  });

  it("gets what configuration adds to every sign-in, and changes it only where configuration lets it", async () => {
    const provider = { authorizationParameters: { audience: "https://api.example", theme: "dark" } };
    const sent = await asked("", provider);
    expect([sent.get("audience"), sent.get("theme")]).toEqual(["https://api.example", "dark"]);
    expect((await asked("audience=other", provider)).getAll("audience")).toEqual(["https://api.example"]);
    const free = { ...provider, loginParameters: ["audience"] };
    expect((await asked("audience=other", free)).getAll("audience")).toEqual(["other"]);
    expect((await asked("", free)).getAll("audience")).toEqual(["https://api.example"]);
  });

  it("with prompt=none asks nobody anything, and sends back who isn't signed in at the provider", async () => {
    const browser = rig.browser();
    const begun = await browser.navigate("/bff/login?prompt=none&returnTo=/x");
    const answer = await fetch(begun.headers.get("location") ?? "", { redirect: "manual" });
    const callback = new URL(answer.headers.get("location") ?? "");
    const end = await browser.navigate(callback.pathname + callback.search, "cross-site");
    expect([end.status, end.headers.get("location")]).toEqual([303, "/x?signin=login_required"]);
  });
});

describe("configuration", () => {
  it.each([
    ["loginParameters", ["redirect_uri"]],
    ["loginParameters", ["state"]],
    ["loginParameters", ["with space"]],
    ["loginParameters", ["prompt"]],
    ["authorizationParameters", { client_id: "other" }],
    ["authorizationParameters", { response_mode: "fragment" }],
  ])("refuses %s with %j: what a sign-in depends on", (name, value) => {
    const provider = { ...rig.config.provider, [name]: value } as BffConfig["provider"];
    let problems: readonly string[] = [];
    try {
      rig.instance({ provider });
    } catch (error) {
      problems = error instanceof BffError ? error.problems.map(({ path }) => path) : [];
    }
    expect(problems).toEqual([`provider.${name}`]);
  });
});
