import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateCookieKey } from "@coatcheck/bff";
import { BFF_PATHS } from "@coatcheck/contract";
import { createCertificateAuthority, createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { parseEnvironment, VARIABLES } from "@coatcheck/server";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { findCodeBlocks } from "./document-examples.ts";
import { repositoryRoot } from "./repository-root.ts";

/**
 * Commands and settings of the documents: what can't be run here (docs/guides/kubernetes.md, docs/guides/fly.md) is compared
 * with what there is.
 */
const blocks = findCodeBlocks(repositoryRoot);
/** @param holding a word in it, where a document has several */
function blockOf(document: string, holding = ""): string {
  return blocks.find((block) => block.document === document && block.code.includes(holding))?.code ?? "";
}
const NAMES = new Set(VARIABLES.flatMap(({ name }) => [name, `${name}_FILE`]));
const KEY = generateCookieKey(randomBytes);
const CERTIFICATE = await createSelfSignedCertificate({ commonName: "app" });
/** What the files hold that a document names. */
const SECRETS: Readonly<Record<string, string>> = {
  COOKIE_KEYS_FILE: KEY,
  OAUTH_CLIENT_SECRET_FILE: randomBytes(16).toString("base64url"),
  LEDGER_REDIS_URL_FILE: "rediss://redis.internal:6379",
  LEDGER_REDIS_CA_FILE: (await createCertificateAuthority()).cert,
  LEDGER_REDIS_CERTIFICATE_FILE: CERTIFICATE.cert,
  LEDGER_REDIS_CERTIFICATE_KEY_FILE: CERTIFICATE.key,
};
/** Of somebody else, for readers to install: an SDK is theirs to choose. */
const NOT_OURS: ReadonlySet<string> = new Set(["@opentelemetry/auto-instrumentations-node"]);

/** Programs of the system, which the guides of machines and clusters use. */
const OF_THE_SYSTEM: ReadonlySet<string> = new Set([
  "chmod",
  "cp",
  "docker",
  "helm",
  "install",
  "mkdir",
  "node",
  "redis-cli",
  "systemctl",
  "useradd",
]);

/** What a whole environment needs besides what a document shows of it. */
const REST = {
  PUBLIC_ORIGIN: "https://app.example.com",
  COOKIE_KEYS: KEY,
  OIDC_ISSUER: "https://id.example.com",
  OAUTH_CLIENT_ID: "app",
  OAUTH_CLIENT_SECRET: randomBytes(16).toString("base64url"),
  INSTANCES: "1",
};

/** What `coatcheck keygen client` prints. */
function makeClientKeys(): string {
  const command = join(repositoryRoot, "packages/server/src/coatcheck.ts");
  return spawnSync(process.execPath, [command, "keygen", "client"], { encoding: "utf8" }).stdout.trim();
}

/** Problems of an environment, secrets in files taken as read. */
function problemsOf(shown: Readonly<Record<string, string>>): readonly string[] {
  const inFiles = new Set(Object.keys(shown).filter((name) => name in SECRETS));
  // A preset that knows its issuer takes no other.
  const isPreset = shown["OAUTH_PROVIDER"] !== undefined;
  // Keys stand in place of a secret.
  const hasKeys = shown["OAUTH_CLIENT_KEYS"] !== undefined;
  const hasCertificate = shown["OAUTH_CLIENT_CERTIFICATE"] !== undefined;
  const proofs = {
    ...(hasKeys ? { OAUTH_CLIENT_KEYS: makeClientKeys() } : {}),
    ...(hasCertificate
      ? { OAUTH_CLIENT_CERTIFICATE: CERTIFICATE.cert, OAUTH_CLIENT_CERTIFICATE_KEY: CERTIFICATE.key }
      : {}),
  };
  const rest = Object.fromEntries(
    Object.entries(REST).filter(
      ([name]) =>
        !inFiles.has(`${name}_FILE`) &&
        !(isPreset && name === "OIDC_ISSUER") &&
        !((hasKeys || hasCertificate) && name === "OAUTH_CLIENT_SECRET"),
    ),
  );
  const files = new Map([...inFiles].map((name) => [shown[name] ?? "", SECRETS[name] ?? ""]));
  const parsed = parseEnvironment({ ...rest, ...shown, ...proofs }, (path) =>
    path === shown["API_ROUTES_FILE"] ? "[]" : (files.get(path) ?? ""),
  );
  return parsed.kind === "ok" ? [] : parsed.problems.map((problem) => JSON.stringify(problem));
}

/** `NAME=value` in shell lines; what a person fills in (`...`, `<tenant id>`, `$(...)`) gets a value. */
function assignmentsIn(code: string): Readonly<Record<string, string>> {
  const found = code
    .replaceAll(/\s+#.*$/gm, "")
    .replaceAll("$(cat client-keys.json)", "client-keys.json")
    .replaceAll(/\$\([^)]*\)/g, KEY)
    .matchAll(/(?:^|\s)([A-Z][A-Z_]+)=("[^"]*"|\S*)/g);
  return Object.fromEntries(
    [...found].map(([, name = "", value = ""]) => [
      name,
      value
        .replaceAll('"', "")
        .replaceAll(/<[^>]*>?/g, "x")
        .replace(/^\.\.\.$/, randomBytes(16).toString("base64url")),
    ]),
  );
}

const shell = blocks.filter(({ language }) => language === "sh");
const commands = shell.flatMap(({ document, code }) =>
  code
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) =>
      line
        .replace(/(?:^|\s+)#.*$/, "")
        .replaceAll(/(?:^|\s)[A-Z][A-Z_]+=(?:"[^"]*"|<[^>]*>\S*|\$\([^)]*\)|\S)*(?:\s[a-z ]+>\S*)?/g, " ")
        .trim(),
    )
    .filter((line) => line !== "")
    .map((line) => [document, line] as const),
);
const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const workspace = readFileSync(join(repositoryRoot, "pnpm-workspace.yaml"), "utf8");

function isKnown(line: string): boolean {
  const [program, ...args] = line.split(/\s+/);
  const words = args.filter((word) => !word.startsWith("-"));
  switch (program) {
    case "cd":
      return true;
    case "coatcheck":
      return ["serve", "doctor", "keygen"].includes(words[0] ?? "");
    case "npx":
      return isKnownPackage(words[0] ?? "");
    case "npm":
      if (words[0] === "install") return words.slice(1).every(isKnownPackage);
      if (words[0] === "create") return words[1] === "coatcheck";
      return isTemplateScript(words[0] ?? "");
    case "pnpm":
      return scripts[words[0] === "run" ? (words[1] ?? "") : (words[0] ?? "")] !== undefined;
    default:
      return OF_THE_SYSTEM.has(program ?? "");
  }
}

function isKnownPackage(name: string): boolean {
  if (name === "pnpm@12" || NOT_OURS.has(name)) return true;
  const folder = /^@coatcheck\/(.+)$/.exec(name)?.[1];
  if (folder !== undefined) return readManifest(`packages/${folder}/package.json`).name === name;
  return new RegExp(`^  "?${name}"?:`, "m").test(workspace);
}

function isTemplateScript(name: string): boolean {
  return readManifest("packages/create-coatcheck/template/_package.json").scripts?.[name] !== undefined;
}

function readManifest(path: string): {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
} {
  return JSON.parse(readFileSync(join(repositoryRoot, path), "utf8")) as ReturnType<typeof readManifest>;
}

describe("a shell line in a document", () => {
  it.each(commands)("of %s is a command that there is: %s", (_, line) => {
    expect(isKnown(line)).toBe(true);
  });

  const settings = shell
    .map(({ document, code }) => [document, assignmentsIn(code)] as const)
    .filter(([, shown]) => Object.keys(shown).length > 0)
    // apps/lab/house/providers.test.ts reads them, with what each provider takes in the place of what a reader fills in.
    .filter(([document]) => !document.startsWith("docs/providers/"));
  it.each(settings)("of %s sets what the server takes", (_, shown) => {
    expect(problemsOf(shown)).toEqual([]);
  });
});

describe("docker.md", () => {
  it("sets variables that the server takes", () => {
    const { PACKAGES: _ofBuild, ...shown } = assignmentsIn(blockOf("docs/guides/docker.md", "docker run"));
    expect(Object.keys(shown).filter((name) => !NAMES.has(name))).toEqual([]);
    expect(problemsOf(shown)).toEqual([]);
  });
});

describe("kubernetes.md", () => {
  const yaml = blockOf("docs/guides/kubernetes.md", "kind: Deployment");
  const shown = Object.fromEntries(
    [...yaml.matchAll(/\{ name: ([A-Z_]+), value: "([^"]*)" \}/g)].map(([, name, value]) => [name, value]),
  ) as Readonly<Record<string, string>>;
  const number = (pattern: RegExp): number => Number(pattern.exec(yaml)?.[1]);

  it("sets variables that the server takes", () => {
    expect(Object.keys(shown).length).toBeGreaterThan(8);
    expect(problemsOf(shown)).toEqual([]);
  });

  it("probes the paths that there are, and gives time to drain", () => {
    expect(yaml).toContain(`readinessProbe: { httpGet: { path: ${BFF_PATHS.readyz},`);
    expect(yaml).toContain(`livenessProbe: { httpGet: { path: ${BFF_PATHS.healthz},`);
    const drain = VARIABLES.find(({ name }) => name === "DRAIN_SECONDS");
    const drainMs =
      drain !== undefined && "default" in drain.setting ? Number(drain.setting.default) : Number.NaN;
    const notice = Number(shown["DRAIN_NOTICE_SECONDS"]);
    expect(number(/terminationGracePeriodSeconds: (\d+)/)).toBeGreaterThan(
      drainMs / (drain?.unit ?? 1) + notice,
    );
    expect(Number(shown["INSTANCES"])).toBe(number(/replicas: (\d+)/) + number(/maxSurge: (\d+)/));
  });
});

describe("systemd.md", () => {
  it("writes an environment that the server takes", () => {
    const own = shell.filter(({ document }) => document === "docs/guides/systemd.md");
    const environment = own
      .map(({ code }) => assignmentsIn(code))
      .find((shown) => shown["INSTANCES"] !== undefined);
    expect(problemsOf({ ...environment })).toEqual([]);
  });
});

describe("fly.md", () => {
  it("sets variables that the server takes, and asks where it answers", () => {
    const toml = blockOf("docs/guides/fly.md");
    const shown = Object.fromEntries(
      [...toml.matchAll(/^ {2}([A-Z_]+) = "([^"]*)"$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(Object.keys(shown).length).toBeGreaterThan(6);
    expect(problemsOf(shown as Readonly<Record<string, string>>)).toEqual([]);
    expect(toml).toContain(`path = "${BFF_PATHS.readyz}"`);
  });
});
