import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServerError } from "../server-error.ts";
import { loadConfigFile, type ServerConfig } from "./config-file.ts";
import { parseEnvironment } from "./parse-environment.ts";

const SECRETS = {
  COOKIE_KEYS: randomBytes(32).toString("base64url"),
  OAUTH_CLIENT_SECRET: randomBytes(16).toString("base64url"),
};
const CONFIG: ServerConfig = {
  publicOrigin: "https://app.example.com",
  provider: { issuer: "https://id.example.com", clientId: "app" },
  routes: [{ prefix: "/api/notes", upstream: "https://notes.internal/v1", scopes: ["notes:read"] }],
  session: { idleTimeoutSeconds: 600 },
  server: { instances: 1, port: 8_080 },
};
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

function parse(value: unknown, environment: Record<string, string> = SECRETS) {
  return parseEnvironment(environment, () => "[]", 1, { name: "coatcheck.config.ts", value });
}
function problems(value: unknown, environment?: Record<string, string>) {
  const parsed = parse(value, environment);
  return parsed.kind === "ok" ? [] : parsed.problems.map(({ variable }) => variable);
}

describe("a configuration file", () => {
  it.each([
    ["coatcheck.config.json", JSON.stringify(CONFIG)],
    ["coatcheck.config.mjs", `export default ${JSON.stringify(CONFIG)}`],
    ["coatcheck.config.ts", `const config: object = ${JSON.stringify(CONFIG)};\nexport default config;`],
  ])("is read from %s", async (name, text) => {
    const path = join(folder, name);
    await writeFile(path, text);
    expect(await loadConfigFile(path)).toEqual({ name: path, value: CONFIG });
  });

  it("stays as changeable as it was", () => {
    const mine = structuredClone(CONFIG);
    expect(parse(mine).kind).toBe("ok");
    expect([mine, mine.provider, mine.routes, mine.routes?.[0]].filter(Object.isFrozen)).toEqual([]);
  });

  it("is as the example shows it", async () => {
    const example = fileURLToPath(new URL("../../examples/coatcheck.config.ts", import.meta.url));
    const { value } = await loadConfigFile(example);
    expect(parse(value)).toMatchObject({ kind: "ok", settings: { webRoot: "dist" } });
  });

  it.each([
    ["that isn't there", "none.json", undefined],
    ["that is no JSON", "broken.json", "{"],
    ["that throws", "throws.mjs", "throw new Error('no')"],
    ["that exports nothing by default", "empty.mjs", "export const config = {}"],
  ])("%s is refused by name", async (_, name, text) => {
    const path = join(folder, name);
    if (text !== undefined) await writeFile(path, text);
    const error = await loadConfigFile(path).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ code: "config_unreadable", message: expect.stringContaining(path) });
  });

  it("says what the environment doesn't, and gives way to it, setting by setting", () => {
    const parsed = parse(CONFIG, {
      ...SECRETS,
      PORT: "9090",
      SESSION_ABSOLUTE_SECONDS: "7200",
      OAUTH_CLIENT_ID: "other",
    });
    expect(parsed).toMatchObject({
      kind: "ok",
      settings: {
        port: 9_090,
        instances: 1,
        bff: {
          publicOrigin: "https://app.example.com",
          provider: { issuer: "https://id.example.com", clientId: "other" },
          session: { idleTimeoutSeconds: 600, absoluteTimeoutSeconds: 7_200 },
          routes: [{ prefix: "/api/notes", scopes: ["notes:read"] }],
        },
      },
    });
    const routed = parse(CONFIG, { ...SECRETS, API_ROUTES: "/api/files=https://files.internal" });
    expect(routed).toMatchObject({ kind: "ok", settings: { bff: { routes: [{ prefix: "/api/files" }] } } });
  });

  it("has each of its problems named where it stands", () => {
    expect(problems({ ...CONFIG, publicOrigin: "http://app.example.com" })).toEqual([
      "coatcheck.config.ts: publicOrigin",
    ]);
    expect(problems({ ...CONFIG, session: { idleTimeoutSeconds: 1 } })).toEqual([
      "coatcheck.config.ts: session.idleTimeoutSeconds",
    ]);
    expect(
      problems({ ...CONFIG, routes: [{ prefix: "/notes", upstream: "https://notes.internal" }] }),
    ).toEqual(["coatcheck.config.ts: routes[0].prefix"]);
    expect(problems({ ...CONFIG, server: { instances: 1, port: "x" } })).toEqual([
      "coatcheck.config.ts: server.port",
    ]);
    for (const server of ["8080", null, []])
      expect(problems({ ...CONFIG, server })).toContain("coatcheck.config.ts: server");
    expect(problems({ ...CONFIG, sesion: {} })).toEqual(["coatcheck.config.ts: sesion"]);
    expect(problems({ ...CONFIG, server: { instances: 1, prot: 1 } })).toEqual([
      "coatcheck.config.ts: server.prot",
    ]);
    // What is missing in both, and what the environment says, by its variable.
    expect(problems({ ...CONFIG, provider: { clientId: "app" } })).toEqual(["OIDC_ISSUER"]);
    expect(problems(CONFIG, { ...SECRETS, PUBLIC_ORIGIN: "x" })).toEqual(["PUBLIC_ORIGIN"]);
    expect(problems("text")).toContain("coatcheck.config.ts");
  });
});
