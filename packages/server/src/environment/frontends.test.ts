import { fileURLToPath } from "node:url";
import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { describe, expect, it, vi } from "vitest";
import { loadConfigFile } from "./config-file.ts";
import { GOOD, readFile } from "./good-environment.fixture.ts";
import { parseEnvironment } from "./parse-environment.ts";

const FILE = "coatcheck.config.json";
const EXPIRED = await createSelfSignedCertificate({
  commonName: "app",
  notBefore: new Date("2020-01-01"),
  notAfter: new Date("2021-01-01"),
});

function parse(frontends: unknown, environment: Record<string, string | undefined> = {}) {
  return parseEnvironment({ ...GOOD, ...environment }, readFile, 1, { name: FILE, value: { frontends } });
}
function problems(frontends: unknown, environment?: Record<string, string | undefined>) {
  const parsed = parse(frontends, environment);
  return parsed.kind === "ok" ? [] : parsed.problems.map(({ variable }) => variable);
}

describe("frontends of a configuration file", () => {
  it("have what they don't say themselves from the rest of it, and from the environment", () => {
    const parsed = parse(
      {
        shop: { webRoot: "shop" },
        admin: {
          basePath: "/admin",
          session: { idleTimeoutSeconds: 600 },
          provider: { issuer: "https://staff.example", clientId: "admin", clientSecret: "a-secret-of-admin" },
          routes: [{ prefix: "/api/a", upstream: "https://a.example" }],
        },
      },
      {
        OAUTH_SCOPE: "openid shop",
        SESSION_ABSOLUTE_SECONDS: "7200",
        API_ROUTES: "/api/b=https://b.example",
      },
    );
    const settings = parsed.kind === "ok" ? parsed.settings : undefined;
    expect(settings?.frontends).toMatchObject([
      {
        name: "shop",
        webRoot: "shop",
        bff: {
          publicOrigin: GOOD["PUBLIC_ORIGIN"],
          provider: { clientId: "app", scope: "openid shop" },
          routes: [{ prefix: "/api/b" }],
        },
      },
      {
        name: "admin",
        webRoot: "apps/web/dist",
        bff: {
          session: { idleTimeoutSeconds: 600, absoluteTimeoutSeconds: 7_200 },
          routes: [{ prefix: "/api/a" }],
        },
      },
    ]);
    // A provider is taken whole: nothing of the shared one is mixed into it.
    expect(settings?.frontends[1]?.bff.provider).not.toHaveProperty("scope");
  });

  it.each([
    ["none at all", {}, "frontends"],
    ["a list", [{ basePath: "/a" }], "frontends"],
    ["a name that is none", { "Shop 1": {} }, "frontends.Shop 1"],
    ["a text in place of one", { shop: "dist" }, "frontends.shop"],
    ["a folder that is no text", { shop: { webRoot: 1 } }, "frontends.shop.webRoot"],
    ["a misspelt setting", { shop: { basPath: "/shop" } }, "frontends.shop.basPath"],
    ...[
      "admin",
      "/admin/",
      "/Admin",
      "/a b",
      "/bff",
      "/api/x",
      "/readyz",
      "/",
      "/a//b",
      "/a/../b",
      "/%61",
    ].map(
      (basePath) =>
        [`the path ${JSON.stringify(basePath)}`, { shop: { basePath } }, "frontends.shop.basePath"] as const,
    ),
    ["two at one place", { one: {}, two: {} }, "frontends.two.basePath"],
    ["two at one path", { one: { basePath: "/a" }, two: { basePath: "/a" } }, "frontends.two.basePath"],
    ["one below another", { one: { basePath: "/a" }, two: { basePath: "/a/b" } }, "frontends.two.basePath"],
    ["one above another", { one: { basePath: "/a/b" }, two: { basePath: "/a" } }, "frontends.two.basePath"],
    [
      "a certificate of the second that is over",
      {
        one: {},
        two: {
          basePath: "/a",
          provider: {
            issuer: "https://staff.example",
            clientId: "staff",
            clientAuth: "tls_client_auth",
            clientCertificate: EXPIRED.cert,
            clientCertificateKey: EXPIRED.key,
          },
        },
      },
      "frontends.two.provider.clientCertificate",
    ],
    [
      "two at one host, spelled with its port",
      { one: { publicOrigin: "https://a.example" }, two: { publicOrigin: "https://a.example:443" } },
      "frontends.two.publicOrigin",
    ],
  ] as const)("are refused with %s, by where it stands", (_, frontends, place) => {
    expect(problems(frontends)).toContain(`${FILE}: ${place}`);
  });

  it.each([
    ["the rest of a host beside a path", { one: {}, two: { basePath: "/a" } }],
    ["paths that begin alike", { one: { basePath: "/a" }, two: { basePath: "/ab" } }],
    [
      "one path at two hosts",
      { one: { basePath: "/a" }, two: { basePath: "/a", publicOrigin: "https://b.example" } },
    ],
    ["two ports of one name", { one: {}, two: { publicOrigin: "https://app.example.com:8443" } }],
  ])("may have %s", (_, frontends) => {
    expect(problems(frontends)).toEqual([]);
  });

  it("are as the example of the guide shows them", async () => {
    vi.stubEnv("ADMIN_CLIENT_SECRET", "a-secret-of-admin");
    const name = fileURLToPath(new URL("../../examples/several-frontends.config.ts", import.meta.url));
    const file = await loadConfigFile(name).finally(() => vi.unstubAllEnvs());
    const { COOKIE_KEYS, OAUTH_CLIENT_SECRET } = GOOD;
    const parsed = parseEnvironment({ COOKIE_KEYS, OAUTH_CLIENT_SECRET }, readFile, 1, file);
    const names = parsed.kind === "ok" ? parsed.settings.frontends.map((one) => one.name) : parsed.problems;
    expect(names).toEqual(["shop", "admin", "partners"]);
  });

  it("have what is wrong in the environment told once, by its variable", () => {
    expect(problems({ one: {}, two: { basePath: "/a" } }, { OAUTH_SCOPE: "profile" })).toEqual([
      "OAUTH_SCOPE",
    ]);
  });
});
