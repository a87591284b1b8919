import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BFF_PATHS } from "@coatcheck/contract";
import { VARIABLES } from "@coatcheck/server";
import { describe, expect, it } from "vitest";
import { findCodeBlocks } from "./document-examples.ts";
import { repositoryRoot } from "./repository-root.ts";

/** What is published with the server for those who run it; shown in docs/guides/docker.md and docs/guides/kubernetes.md. */
const DEPLOY = join(repositoryRoot, "packages/server/deploy");
const CHART = join(DEPLOY, "helm/coatcheck");
const NAMES = new Set(VARIABLES.flatMap(({ name }) => [name, `${name}_FILE`]));
/** Node's own, and what names the value of another one. */
const NOT_OURS = new Set(["NODE_ENV"]);

function read(path: string): string {
  return readFileSync(join(DEPLOY, path), "utf8");
}

function unknownIn(names: Iterable<string | undefined>): readonly (string | undefined)[] {
  return [...names].filter((name = "") => !NAMES.has(name) && !NOT_OURS.has(name));
}

function helm(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync("helm", args, { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

/** What `pnpm serve` starts Node with. */
const FLAG = /"serve": "node (--\S+) /u.exec(readFileSync(join(repositoryRoot, "package.json"), "utf8"))?.[1];

function template(...more: readonly string[]): ReturnType<typeof helm> {
  return helm("template", "app", CHART, "--kube-version", "1.31.0", ...more);
}

function blockOf(document: string, language: string): string {
  const blocks = findCodeBlocks(repositoryRoot).filter((block) => block.document === document);
  return blocks.find((block) => block.language === language)?.code ?? "";
}

describe("the container image", () => {
  const dockerfile = read("container/Dockerfile");
  const { name, bin } = JSON.parse(
    readFileSync(join(repositoryRoot, "packages/server/package.json"), "utf8"),
  ) as { readonly name: string; readonly bin: { readonly coatcheck: string } };

  it("starts the published command, without a shell and as nobody", () => {
    const file = bin.coatcheck.replace("./src/", "dist/").replace(/ts$/u, "js");
    expect(dockerfile).toContain(
      `ENTRYPOINT ["/nodejs/bin/node", "${FLAG}", "node_modules/${name}/${file}"]`,
    );
    expect(/^USER (.*)$/mu.exec(dockerfile)?.[1]).toBe("65532:65532");
  });

  it("sets variables that there are, and none that stands against a shared ledger", () => {
    const names = /^ENV (.*)$/mu
      .exec(dockerfile)?.[1]
      ?.split(" ")
      .map((pair) => pair.split("=")[0]);
    expect(unknownIn(names ?? [])).toEqual([]);
    expect(names).not.toContain("LEDGER_FILE");
  });

  it("has a health check that asks where the server answers, and is a failure where nobody does", () => {
    const check = /"-e", "([^"]*)"/u.exec(dockerfile)?.[1] ?? "";
    expect(check).toContain(`'${BFF_PATHS.healthz}'`);
    const { status } = spawnSync(process.execPath, ["-e", check], { env: { PORT: "9" } });
    expect(status).toBe(1);
  });

  it("gets the page where it looks for it", () => {
    expect(blockOf("docs/guides/docker.md", "dockerfile")).toContain("/app/dist /app/web");
    expect(dockerfile).toContain("WEB_ROOT=/app/web");
  });
});

describe("the unit", () => {
  it("sets variables that there are, and reads secrets where they change, by the user of the guide", () => {
    const unit = read("systemd/coatcheck.service");
    expect(unit).toContain(`ExecStart=/usr/bin/node ${FLAG} /`);
    const pairs = [...unit.matchAll(/^Environment=([A-Z_]+)=(.*)$/gmu)].map(
      ([, name, value]) => [name, value] as const,
    );
    expect(unknownIn(pairs.map(([name]) => name))).toEqual([]);
    const files = pairs.filter(([name = ""]) => name.endsWith("_FILE"));
    expect(files).toHaveLength(2);
    const guide = readFileSync(join(repositoryRoot, "docs/guides/systemd.md"), "utf8");
    for (const [, path = ""] of files) expect(guide).toMatch(new RegExp(`install -m 640 .* ${path}$`, "mu"));
    // A credential is a copy: a rotated secret would be in force after a restart alone.
    expect(unit).not.toMatch(/^(?:LoadCredential|DynamicUser)/mu);
    const user = /^User=(\w+)$/mu.exec(unit)?.[1] ?? "";
    expect(guide).toMatch(new RegExp(`^useradd --system .* ${user}$`, "mu"));
  });
});

describe("the chart", () => {
  const templates = readdirSync(join(CHART, "templates"))
    .map((file) => read(`helm/coatcheck/templates/${file}`))
    .join("\n");

  it("sets variables and probes paths that there are", () => {
    const files = [...read("helm/coatcheck/values.yaml").matchAll(/: ([A-Z_]+_FILE)$/gmu)];
    const names = [...templates.matchAll(/\{ name: ([A-Z_]+), value:/gu), ...files].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(12);
    expect(unknownIn(names)).toEqual([]);
    const paths = [...templates.matchAll(/path: (\/\w+), port: http/gu)].map(([, path]) => path);
    expect(paths).toEqual([BFF_PATHS.healthz, BFF_PATHS.readyz, BFF_PATHS.healthz]);
  });

  describe.skipIf(helm("version").status !== 0)("by Helm", () => {
    const example = ["--values", join(CHART, "example.yaml")];

    it("passes its lint, with the values of the guide, too", () => {
      expect(helm("lint", "--strict", CHART, ...example)).toMatchObject({ status: 0 });
      expect(read("helm/coatcheck/example.yaml")).toContain(
        blockOf("docs/guides/kubernetes.md", "yaml").trim(),
      );
    });

    it("makes every kind of resource, and a pod that may do nothing but serve", () => {
      const { output } = template(...example);
      const kinds = [...output.matchAll(/^kind: (\w+)$/gmu)].map(([, kind]) => kind);
      expect(new Set(kinds)).toEqual(
        new Set([
          "Deployment",
          "HorizontalPodAutoscaler",
          "Ingress",
          "NetworkPolicy",
          "PodDisruptionBudget",
          "Service",
          "ServiceMonitor",
        ]),
      );
      for (const line of [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
      ])
        expect(output).toContain(line);
      expect(output).not.toContain("kind: Secret");
    });

    it("counts the pod that is one more while it rolls out or scales, and gives it time to drain", () => {
      const { output } = template(...example, "--set", "drainSeconds=50");
      expect(output).toContain('{ name: INSTANCES, value: "11" }');
      expect(output).toContain("terminationGracePeriodSeconds: 70");
      expect(template(...example, "--set", "autoscaling.enabled=false").output).toContain(
        '{ name: INSTANCES, value: "4" }',
      );
    });

    it.each([
      "publicOrigin=http://app.example.com",
      "publicOrigin=https://app.example.com/",
      "provider.issuer=",
      "secret.name=",
      "image.repository=",
      "replicas=0",
      "replica=2",
      "settings.lower=1",
      "secret.files.key=OAUTH_CLIENT_SECRET",
    ])("refuses %s", (value) => {
      expect(template(...example, "--set", value).status).toBe(1);
    });
  });
});
