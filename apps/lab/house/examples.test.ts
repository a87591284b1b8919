import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findEntryPoints } from "@coatcheck/docs";
import { describe, expect, it } from "vitest";
import { findCodeBlocks, isExcerpt } from "../src/document-examples.ts";
import { HOSTS } from "../src/hosts/all-hosts.ts";
import { repositoryRoot } from "../src/repository-root.ts";

/** Each file of the packages' examples, and the test that runs it. */
const RUN_BY_NAME: Readonly<Record<string, string>> = {
  "packages/bff/examples/check-config.ts": "packages/bff/src/examples.test.ts",
  "packages/bff/examples/close-sockets.ts": "packages/bff/src/examples.test.ts",
  "packages/bff/examples/hono-app.ts": "packages/bff/src/node/serve.test.ts",
  "packages/bff/examples/many-machines.ts": "packages/bff/src/limits/redis-rate-limit.test.ts",
  "packages/bff/examples/my-routes.ts": "packages/bff/src/own-routes.test.ts",
  "packages/bff/examples/traced.ts": "packages/bff/src/opentelemetry/opentelemetry.test.ts",
  "packages/client/examples/drafts.ts": "apps/e2e/specs/client-examples.spec.ts",
  "packages/client/examples/keep-the-page.ts": "apps/e2e/specs/client-examples.spec.ts",
  "packages/client/examples/opened-offline.ts": "apps/e2e/specs/client-examples.spec.ts",
  "packages/client/examples/own-sessions.ts": "packages/client/src/sessions/own-sessions.test.ts",
  "packages/client/examples/plain-page.ts": "apps/e2e/specs/client-examples.spec.ts",
  "packages/client/examples/test-client.ts": "packages/client/src/testing/test-client.test.ts",
  "packages/client/examples/upload.ts": "apps/e2e/specs/client-examples.spec.ts",
  "packages/contract/examples/read-session.ts": "packages/contract/src/examples.test.ts",
  "packages/create-coatcheck/examples/write-an-app.ts": "packages/create-coatcheck/src/write-app.test.ts",
  "packages/dev-idp/examples/break-everything.ts": "packages/dev-idp/src/readme.test.ts",
  "packages/dev-idp/examples/three-lines.ts": "packages/dev-idp/src/readme.test.ts",
  "packages/oauth/examples/begin-sign-in.ts": "packages/oauth/src/examples.test.ts",
  "packages/oauth/examples/fetch-once.ts": "packages/oauth/src/node/node-fetch.test.ts",
  "packages/playwright/examples/playwright.config.ts": "apps/e2e/src/example-specs/playwright.config.ts",
  "packages/playwright/examples/save-sign-in.ts": "apps/e2e/src/example-specs/playwright.config.ts",
  "packages/playwright/examples/ten-lines.ts": "apps/e2e/src/example-specs/playwright.config.ts",
  "packages/proxy/examples/forward-one.ts": "packages/proxy/src/node/examples.test.ts",
  "packages/react/examples/app.tsx": "apps/e2e/specs/vite-step.spec.ts",
  "packages/react/examples/own-sessions.tsx": "packages/react/src/sessions/own-sessions.test.tsx",
  "packages/react/examples/root.tsx": "apps/e2e/specs/vite-step.spec.ts",
  "packages/react/examples/vite.config.ts": "apps/e2e/specs/vite-step.spec.ts",
  "packages/server/examples/coatcheck.config.ts": "packages/server/src/environment/config-file.test.ts",
  "packages/server/examples/several-frontends.config.ts": "packages/server/src/environment/frontends.test.ts",
  "packages/server/examples/several-providers.config.ts":
    "packages/server/src/environment/further-providers.test.ts",
  "packages/session/examples/remember-a-name.ts": "packages/session/src/examples.test.ts",
  "packages/tokens/examples/keep-a-grant.ts": "packages/tokens/src/examples.test.ts",
  "packages/tokens/examples/open-ledger.ts": "packages/tokens/src/examples.test.ts",
  // A test itself.
  "packages/tokens/examples/own-ledger.test.ts": "packages/tokens/examples/own-ledger.test.ts",
  "packages/tokens/examples/own-ledger.ts": "packages/tokens/examples/own-ledger.test.ts",
};
/** A test that copies the folder runs all that is in it. */
const COPIES_FOLDER = /cpSync\(join\(\w+, "examples"\)/;

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
/** Those of the hosts are started as they stand, with what lies in their folder and what they import. */
const HOSTS_TEST = "apps/lab/src/hosts/hosts.test.ts";
const started = HOSTS.map(({ example }) =>
  existsSync(join(repositoryRoot, example, "app")) ? `${example}/` : example,
);

/** The test that runs a file of examples. */
function runBy(path: string): string | undefined {
  if (RUN_BY_NAME[path] !== undefined) return RUN_BY_NAME[path];
  const folder = `${dirname(path)}/`;
  const isStarted = started.some(
    (example) => example === path || (example.endsWith("/") && path.startsWith(example)),
  );
  const isBeside = path.includes("/cloudflare/") && started.some((example) => example.startsWith(folder));
  const isImported = started.some(
    (example) => !example.endsWith("/") && read(example).includes(`/${basename(path)}"`),
  );
  return isStarted || isBeside || isImported ? HOSTS_TEST : undefined;
}
const blocks = findCodeBlocks(repositoryRoot);
const exampleFiles = globSync(
  ["packages/*/examples/**/*.{ts,tsx}", "apps/hosts/examples/**/*.{ts,tsx,jsonc}"],
  { cwd: repositoryRoot },
)
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => !path.includes("/node_modules/") && !path.includes("/.next/") && !path.endsWith(".d.ts"));

describe("an example", () => {
  it("is run by a test that names it", () => {
    const unknown = exampleFiles.filter((path) => runBy(path) === undefined);
    const gone = Object.keys(RUN_BY_NAME).filter((path) => !exampleFiles.includes(path));
    const unrun = Object.entries(RUN_BY_NAME).filter(([path, test]) => {
      const text = existsSync(join(repositoryRoot, test)) ? read(test) : "";
      return path !== test && !text.includes(basename(path)) && !COPIES_FOLDER.test(text);
    });
    expect({ unknown, gone, unrun }).toEqual({ unknown: [], gone: [], unrun: [] });
  });

  it("is shown by a document", () => {
    const shown = new Set(blocks.map(({ says }) => says?.path));
    // Of a host's folder not every file says something: a framework wants them.
    const own = exampleFiles.filter((path) => path.startsWith("packages/"));
    expect(own.filter((path) => !shown.has(path))).toEqual([]);
  });
});

describe("a block of code in a document", () => {
  const code = blocks.filter(({ language }) => language !== "sh");

  it("says what it is: an example, part of one, or what a test reads", () => {
    expect(
      code.filter(({ says }) => says === undefined).map(({ document, code: text }) => [document, text]),
    ).toEqual([]);
  });

  it("shows an example that is run, or consecutive lines of one", () => {
    const strange = code
      .filter(({ says }) => says?.kind === "example" || says?.kind === "excerpt")
      .filter(
        ({ says, code: text }) =>
          runBy(says?.path ?? "") === undefined || !isExcerpt(text, read(says?.path ?? "")),
      );
    expect(strange.map(({ document, says }) => [document, says?.path])).toEqual([]);
  });

  it("is read by the test that it names; where that can't run it, the document says so", () => {
    const readBlocks = code.filter(({ says }) => says?.kind === "run" || says?.kind === "checked");
    const unread = readBlocks.filter(({ document, says }) => {
      const test = says?.path ?? "";
      return !existsSync(join(repositoryRoot, test)) || !read(test).includes(basename(document));
    });
    const silent = readBlocks.filter(
      ({ document, says }) => says?.kind === "checked" && !/\*\*untried/i.test(read(document)),
    );
    expect([...unread, ...silent].map(({ document, says }) => [document, says?.path])).toEqual([]);
  });
});

it("is counted", () => {
  const count = (...kinds: string[]): number =>
    blocks.filter(({ says }) => kinds.includes(says?.kind ?? "")).length;
  const shell = blocks.filter(({ language }) => language === "sh").length;
  const entries = findEntryPoints().length;
  console.log(
    `Examples: ${exampleFiles.length} files, run; ${count("example", "excerpt")} times in documents, ${entries} in docstrings; ` +
      `${count("run")} blocks run from the document; ${shell} of shell lines and ${count("checked")} of other tools, checked.`,
  );
  expect(count("example", "excerpt", "run", "checked") + shell).toBe(blocks.length);
});

describe("an entry that people import", () => {
  it.each(findEntryPoints().map(({ specifier, source }) => [specifier, source] as const))(
    "%s shows in its docstring a part of an example that is run",
    (_, source) => {
      const [docstring = ""] = /^\/\*\*[\s\S]*?\*\//.exec(read(source)) ?? [];
      const text = docstring.replaceAll(/^ \*(?: |$)/gm, "");
      const code = /@example\n```tsx?\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
      expect(code).not.toBe("");
      expect(docstring).toContain("@module");
      expect(
        exampleFiles.filter((path) => runBy(path) !== undefined && isExcerpt(code, read(path))),
      ).not.toEqual([]);
    },
  );
});
