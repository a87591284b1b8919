import { fileURLToPath } from "node:url";
import { revealSecret } from "@coatcheck/bff/config";
import { describe, expect, it } from "vitest";
import { loadConfigFile } from "./config-file.ts";
import { renderEnvironmentProblems } from "./environment-problem.ts";
import { GOOD, parse, problemsOf, readFile, SECRET, settingsOf } from "./good-environment.fixture.ts";
import { parseEnvironment } from "./parse-environment.ts";

const PARTNER = {
  OIDC_ISSUER__PARTNER: "https://partner.example",
  OAUTH_CLIENT_ID__PARTNER: "app-at-partner",
  OAUTH_CLIENT_SECRET__PARTNER: "a-secret-of-the-partner",
};

describe("variables of further providers", () => {
  it("belong to the provider whose name stands behind two underscores", () => {
    const { bff } = settingsOf({
      ...PARTNER,
      TOKEN_TIMEOUT_SECONDS__PARTNER: "7",
      OAUTH_LABEL__PARTNER: "Our partner",
      OIDC_ISSUER__OLD_CRM: "https://crm.example",
      OAUTH_CLIENT_ID__OLD_CRM: "app-at-crm",
      OAUTH_CLIENT_SECRET__OLD_CRM_FILE: "/run/secrets/keys",
      CHOOSE_PROVIDER: "page",
    });
    expect(Object.keys(bff.providers ?? {})).toEqual(["partner", "old-crm"]);
    expect(bff.providers).toMatchObject({
      partner: {
        issuer: "https://partner.example",
        clientId: "app-at-partner",
        tokenTimeoutMs: 7_000,
        label: "Our partner",
      },
      "old-crm": { issuer: "https://crm.example", clientId: "app-at-crm" },
    });
    const secrets = Object.values(bff.providers ?? {}).map((one) => revealSecret(one.clientSecret ?? ""));
    expect(secrets).toEqual(["a-secret-of-the-partner", readFile("/run/secrets/keys").trim()]);
    expect([bff.provider.clientId, bff.chooseProvider]).toEqual(["app", "page"]);
  });

  it("give the example of the guide what it leaves out", async () => {
    const name = fileURLToPath(new URL("../../examples/several-providers.config.ts", import.meta.url));
    const file = await loadConfigFile(name);
    const { COOKIE_KEYS, OAUTH_CLIENT_SECRET } = GOOD;
    const environment = {
      COOKIE_KEYS,
      OAUTH_CLIENT_SECRET,
      OAUTH_CLIENT_SECRET__PARTNER: "a-secret-of-the-partner",
    };
    const parsed = parseEnvironment(environment, readFile, 1, file);
    expect(parsed.kind === "ok" && Object.keys(parsed.settings.bff.providers ?? {})).toEqual(["partner"]);
  });

  it("win over the configuration file, setting by setting", () => {
    const value = {
      providers: { partner: { issuer: "https://old.example", clientId: "of-file", label: "Partner" } },
    };
    const parsed = parseEnvironment(
      {
        ...GOOD,
        OIDC_ISSUER__PARTNER: "https://partner.example",
        OAUTH_CLIENT_SECRET__PARTNER: "a-secret-of-the-partner",
      },
      readFile,
      1,
      { name: "coatcheck.config.json", value },
    );
    expect(parsed.kind === "ok" && parsed.settings.bff.providers).toMatchObject({
      partner: { issuer: "https://partner.example", clientId: "of-file", label: "Partner" },
    });
  });

  it.each([
    ["what is missing", { OAUTH_CLIENT_ID__PARTNER: undefined }, "OAUTH_CLIENT_ID__PARTNER"],
    ["a sample for a secret", { OAUTH_CLIENT_SECRET__PARTNER: "changeme" }, "OAUTH_CLIENT_SECRET__PARTNER"],
    [
      "a second value of a secret",
      { OAUTH_CLIENT_SECRET__PARTNER_FILE: "/run/secrets/keys" },
      "OAUTH_CLIENT_SECRET__PARTNER",
    ],
    ["a number out of bounds", { TOKEN_TIMEOUT_SECONDS__PARTNER: "121" }, "TOKEN_TIMEOUT_SECONDS__PARTNER"],
    ["the issuer of another one", { OIDC_ISSUER__PARTNER: GOOD["OIDC_ISSUER"] }, "OIDC_ISSUER__PARTNER"],
    ["a misspelt variable", { OAUTH_SCOP__PARTNER: "openid" }, "OAUTH_SCOP__PARTNER"],
    ["a variable that is no provider's", { COOKIE_KEYS__PARTNER: "x" }, "COOKIE_KEYS__PARTNER"],
    ["a name in lower case", { OIDC_ISSUER__crm: "https://crm.example" }, "OIDC_ISSUER__crm"],
    ["a token call longer than the drain", { TOKEN_TIMEOUT_SECONDS__PARTNER: "36" }, "DRAIN_SECONDS"],
  ] as const)("are refused for %s, by their own names", (_, changes, variable) => {
    expect(problemsOf({ ...PARTNER, ...changes })).toContain(variable);
  });

  it("keep their secrets to themselves, and name one another in fixes", () => {
    const environment = { ...GOOD, ...PARTNER, OAUTH_CLIENT_AUTH__PARTNER: "private_key_jwt" };
    const parsed = parse({ ...PARTNER, OAUTH_CLIENT_AUTH__PARTNER: "private_key_jwt" });
    const problems = parsed.kind === "invalid" ? parsed.problems : [];
    const table = renderEnvironmentProblems(problems, environment);
    expect(table).toContain("__PARTNER");
    expect(table).not.toContain("a-secret-of-the-partner");
    expect(table).not.toContain(SECRET);
  });
});
