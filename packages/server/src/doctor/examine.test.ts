import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { createDevIdp, type DevIdp } from "@coatcheck/dev-idp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { parseEnvironment } from "../environment/parse-environment.ts";
import { examine } from "./examine.ts";

const SECRET = randomBytes(16).toString("base64url");
const RESOURCE = "https://notes.example/";
let folder: string;
let idp: DevIdp;
let api: ListeningServer;
let good: EnvironmentRecord;

function listening(
  answer: (path: string) => { readonly status: number; readonly body: string },
): Promise<ListeningServer> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  return listenOnLoopback(server);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-doctor-"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Coats</title>");
  await writeFile(join(folder, "not-a-folder"), "");
  api = await listening(() => ({ status: 401, body: "{}" }));
  idp = await createDevIdp({
    clients: [
      {
        clientId: "app",
        clientSecret: SECRET,
        redirectUris: ["http://localhost:3000/bff/callback"],
        postLogoutRedirectUris: ["http://localhost:3000/"],
      },
    ],
    resources: [{ indicator: RESOURCE, scopes: ["notes:read"] }],
  });
  good = {
    PUBLIC_ORIGIN: "http://localhost:3000",
    DANGEROUSLY_ALLOW_HTTP: "loopback",
    COOKIE_KEYS: randomBytes(32).toString("base64url"),
    OIDC_ISSUER: idp.issuer,
    OAUTH_CLIENT_ID: "app",
    OAUTH_CLIENT_SECRET: SECRET,
    OAUTH_SCOPE: "openid profile notes:read",
    API_ROUTES: `/api/notes=${api.origin}/v1`,
    INSTANCES: "1",
    PORT: String(await freePort()),
    WEB_ROOT: folder,
    LEDGER_FILE: join(folder, "ledger.sqlite"),
  };
});
afterAll(async () => {
  await api.close();
  await idp.close();
  await rm(folder, { recursive: true });
});

/** What the doctor says, in one line a finding; for a configuration that can't even be read, the variables. */
async function found(
  changes: EnvironmentRecord,
  ports: Parameters<typeof examine>[1] = {},
): Promise<readonly string[]> {
  const environment = { ...good, ...changes };
  const routes = JSON.stringify([
    {
      prefix: "/api/notes",
      upstream: api.origin,
      resource: "https://unknown.example/",
    },
  ]);
  const parsed = parseEnvironment(environment, () => routes);
  if (parsed.kind === "invalid") return parsed.problems.map(({ variable, fix }) => `${variable} ${fix}`);
  return (await examine(parsed.settings, ports)).map(
    ({ about, problem, fix }) => `${about}: ${problem} ${fix}`,
  );
}

describe("the doctor", () => {
  it("is silent where all is well, and leaves nothing behind", async () => {
    const before = readdirSync(folder);
    expect(await found({})).toEqual([]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each<readonly [string, EnvironmentRecord, RegExp]>([
    ["a missing variable", { OAUTH_CLIENT_ID: undefined }, /^OAUTH_CLIENT_ID write the id/u],
    ["a misspelt variable", { OIDC_ISUER: "https://id.example" }, /^OIDC_ISUER rename it to OIDC_ISSUER/u],
    ["a sample for a secret", { OAUTH_CLIENT_SECRET: "changeme" }, /^OAUTH_CLIENT_SECRET .*sample/u],
    ["http on another host", { PUBLIC_ORIGIN: "http://app.example.com" }, /use https/u],
    [
      "a path in the origin",
      { PUBLIC_ORIGIN: "http://localhost:3000/app" },
      /^PUBLIC_ORIGIN .*nothing else/u,
    ],
    ["several machines without a shared ledger", { INSTANCES: "2" }, /^LEDGER_REDIS_URL set it/u],
    [
      "a name that nobody knows",
      {
        PUBLIC_ORIGIN: "https://app.invalid",
        DANGEROUSLY_ALLOW_HTTP: undefined,
        OIDC_ISSUER: "https://id.invalid",
      },
      /^origin: No address is known for app\.invalid\./u,
    ],
    [
      "a provider that isn't there",
      { OIDC_ISSUER: "http://127.0.0.1:9" },
      /^provider: .*can't be used.*Make http:\/\/127\.0\.0\.1:9\//u,
    ],
    [
      "a further provider that isn't there",
      {
        OIDC_ISSUER__PARTNER: "http://127.0.0.1:9",
        OAUTH_CLIENT_ID__PARTNER: "app",
        OAUTH_CLIENT_SECRET__PARTNER: SECRET,
        OAUTH_SCOPE__PARTNER: "openid",
      },
      /^provider partner: .*can't be used.*Make http:\/\/127\.0\.0\.1:9\//u,
    ],
    [
      "another way of client authentication",
      { OAUTH_CLIENT_AUTH: "client_secret_post", OAUTH_CLIENT_SECRET: "another-secret-1" },
      /^provider: The provider refuses this client .*OAUTH_CLIENT_SECRET/u,
    ],
    [
      "a wrong secret",
      { OAUTH_CLIENT_SECRET: "another-secret-1" },
      /^provider: The provider refuses this client .*OAUTH_CLIENT_SECRET/u,
    ],
    [
      "a wrong client id",
      { OAUTH_CLIENT_ID: "another" },
      /^provider: The provider refuses this client .*OAUTH_CLIENT_ID/u,
    ],
    [
      "a redirect URI that isn't registered",
      { PUBLIC_ORIGIN: "http://127.0.0.1:3000" },
      /^provider: .*error page.*Register http:\/\/127\.0\.0\.1:3000\/bff\/callback/u,
    ],
    [
      "a resource that nobody knows",
      { API_ROUTES: undefined, API_ROUTES_FILE: "routes.json" },
      /^provider: .*invalid_target.*https:\/\/unknown\.example\//u,
    ],
    [
      "an algorithm that the provider hasn't",
      { OIDC_ID_TOKEN_ALGORITHMS: "ES384" },
      /^provider: .*ES384.*OIDC_ID_TOKEN_ALGORITHMS.*RS256/u,
    ],
    [
      "an API that isn't there",
      { API_ROUTES: "/api/notes=http://127.0.0.1:9" },
      /^api: The API of \/api\/notes can't be reached at http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)\. Start it/u,
    ],
    [
      "a page that isn't built",
      { WEB_ROOT: "no: where" },
      /^page: There is no built page in no: where\. Build it, or set WEB_ROOT/u,
    ],
    [
      "a ledger that can't be written",
      { LEDGER_FILE: "/proc/ledger.sqlite" },
      /^ledger: .*Check LEDGER_FILE/u,
    ],
    [
      "a Redis that isn't there",
      { LEDGER_FILE: undefined, LEDGER_REDIS_URL: "redis://127.0.0.1:9" },
      /^ledger: .*can't be reached\. Check address/u,
    ],
  ])("finds %s, and says what to do", async (_, changes, words) => {
    const findings = await found(changes);
    expect(findings.filter((line) => words.test(line))).toHaveLength(1);
    expect(findings.join()).not.toContain(SECRET);
  });

  it("finds a port that is taken", async () => {
    expect(await found({ PORT: String(api.port) })).toEqual([
      expect.stringMatching(
        /^port: Port \d+ of 127\.0\.0\.1 is taken by another process\. Stop it, or set PORT\./u,
      ),
    ]);
  });

  it("finds a port for metrics that is taken", async () => {
    expect(await found({ METRICS_PORT: String(api.port) })).toEqual([
      expect.stringMatching(
        /^port: Port \d+ of 127\.0\.0\.1 can't be used for metrics\. Set METRICS_PORT\./u,
      ),
    ]);
  });

  it("takes a provider that is busy for that, and nothing else", async () => {
    const busy = await listening((path) =>
      path.includes(".well-known")
        ? { status: 200, body: JSON.stringify(document) }
        : { status: 503, body: "" },
    );
    const issuer = busy.origin;
    const document = { issuer, authorization_endpoint: issuer, token_endpoint: issuer, jwks_uri: issuer };
    const findings = await found({ OIDC_ISSUER: issuer });
    await busy.close();
    expect(findings.join()).not.toContain("Register");
    expect(findings).toEqual(
      expect.arrayContaining([expect.stringMatching(/token endpoint doesn't answer \(status_503\)/u)]),
    );
  });

  it("names the frontend where there are several, and takes a note for no more than that", async () => {
    const environment = {
      ...good,
      OAUTH_PROVIDER: "oauth2",
      OAUTH_SCOPE: "profile",
      OAUTH_AUTHORIZATION_ENDPOINT: `${idp.issuer}/auth`,
      OAUTH_TOKEN_ENDPOINT: `${idp.issuer}/token`,
      OAUTH_USERINFO_ENDPOINT: `${idp.issuer}/me`,
      OAUTH_PROFILE_CLAIMS: "sub=id",
    };
    const parsed = parseEnvironment(environment, () => "");
    if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
    const frontends = parsed.settings.frontends.map((frontend) => ({ ...frontend, name: "shop" }));
    const findings = await examine({ ...parsed.settings, frontends });
    const notes = findings.filter(({ isNote }) => isNote);
    expect(notes.map(({ about }) => about)).toEqual(["shop: provider"]);
  });

  it("finds a clock that is wrong, in either direction", async () => {
    for (const [offMs, words] of [
      [120_000, "ahead of"],
      [-120_000, "behind"],
    ] as const) {
      const findings = await found({}, { nowMs: () => Date.now() + offMs });
      expect(findings).toEqual([
        expect.stringMatching(new RegExp(`^provider: .* seconds ${words} the provider's`, "u")),
      ]);
    }
  });

  it("finds what another provider than ours has: another issuer, no refresh tokens, no code flow", async () => {
    let document = {};
    const other = await listening((path) =>
      path.includes(".well-known")
        ? { status: 200, body: JSON.stringify(document) }
        : { status: 400, body: '{"error":"invalid_grant"}' },
    );
    const issuer = other.origin;
    document = {
      issuer: `${issuer}/`,
      authorization_endpoint: issuer,
      token_endpoint: issuer,
      jwks_uri: issuer,
    };
    expect(await found({ OIDC_ISSUER: issuer })).toEqual([
      expect.stringMatching(/issuer_mismatch.*OIDC_ISSUER/u),
    ]);
    document = {
      ...document,
      issuer,
      grant_types_supported: ["authorization_code"],
      response_types_supported: ["id_token"],
    };
    expect(await found({ OIDC_ISSUER: issuer })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/refresh token grant.*Allow refresh tokens/u),
        expect.stringMatching(/authorization code flow/u),
      ]),
    );
    await other.close();
  });
});
