import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";
import { importsOf, readSourceFiles, type SourceFile } from "./source-files.ts";

/** Forbidden imports, each with the reason that a reviewer would give. `from` and `to` are patterns. */
const FORBIDDEN: readonly { from: RegExp; to: RegExp; tests?: "allowed"; reason: string }[] = [
  {
    from: /^packages\/proxy\//,
    to: /^@coatcheck\/(session|tokens|oauth)/,
    reason: "proxy gets a token as a string; a proxy that sees a session can leak one",
  },
  {
    from: /^packages\/tokens\//,
    to: /^@coatcheck\/(session|oauth|proxy)/,
    reason: "tokens keeps a grant fresh for any caller; cookies and protocol are ports",
  },
  {
    from: /^packages\/session\//,
    to: /^@coatcheck\/(tokens|oauth|proxy)/,
    reason: "session remembers a value; it must not know what a token is",
  },
  {
    from: /^packages\/oauth\//,
    to: /^@coatcheck\/(session|tokens|proxy)/,
    reason: "oauth answers with values; who keeps them is not its business",
  },
  {
    from: /^packages\/(contract|oauth|session|tokens|proxy|client|react)\//,
    to: /^(hono|@hono\/)/,
    reason: "bff is the only production package that knows Hono",
  },
  {
    from: /^packages\/contract\/src\//,
    to: /^(?!\.\.?\/)/,
    tests: "allowed",
    reason: "contract reaches the browser: it depends on nothing",
  },
  {
    from: /^(packages\/(contract|client|react)|apps\/web)\/src\//,
    to: /^zod(\/|$)/,
    tests: "allowed",
    reason:
      "a schema library is most of what the client would weigh; use the contract's own schemas (decision 008)",
  },
  {
    from: /^(packages\/(client|react)|apps\/web)\/src\//,
    to: /^node:/,
    tests: "allowed",
    reason: "this runs in a browser",
  },
  {
    from: /^packages\/(contract|oauth|session|tokens|proxy|bff)\/src\/(?!(ledger\/)?node\/)/,
    to: /^node:/,
    tests: "allowed",
    reason: "portable code runs on any runtime; Node-only files live in a folder named node",
  },
  {
    from: /^packages\/(client|react)\/|^apps\/web\//,
    to: /^@coatcheck\/(bff|oauth|session|tokens|proxy|server|dev-idp|api)/,
    reason: "the SPA and the BFF share the contract and nothing else",
  },
  {
    from: /^packages\/server\//,
    to: /^@coatcheck\/(dev-idp|api|demo)/,
    tests: "allowed",
    reason: "the production server loads no demo part",
  },
  {
    from: /^packages\//,
    to: /^@coatcheck\/(bff|server)\/internal$/,
    tests: "allowed",
    reason:
      "what the demo and the simulation put into a BFF isn't published: a published package would miss it",
  },
  {
    from: /^(packages|apps)\//,
    to: /^@coatcheck\/bff\/fixtures$/,
    tests: "allowed",
    reason: "fixtures start providers and APIs; only tests do",
  },
  {
    from: /^(packages|apps)\//,
    to: /^@coatcheck\/[a-z-]+\/(src|dist)\b/,
    reason: "no deep imports: what isn't exported is private",
  },
  {
    from: /^(packages|apps)\//,
    to: /^\.\.?\/(?:.*\/)?(packages|apps)\//,
    reason: "packages meet through their exports, not through paths",
  },
  {
    from: /^(packages|apps)\/(?!testkit\/|lab\/|e2e\/)/,
    to: /^@coatcheck\/testkit/,
    tests: "allowed",
    reason:
      "testkit lies on purpose; only tests, browser specs, and the lab that attacks the product, may reach it",
  },
];

describe("imports", () => {
  const files = readSourceFiles();
  const documented = readDocumentedGraph();

  it("go only where docs/architecture.md says", () => {
    const violations = files.flatMap((file) =>
      workspaceImports(file)
        .filter((target) => target !== file.owner && !allowedFor(file).has(target))
        .map((target) => `${file.path} imports @coatcheck/${target}`),
    );
    expect(violations).toEqual([]);
  });

  it("are documented only where they exist, so that the table stays true", () => {
    const used = new Set(
      files.flatMap((file) => workspaceImports(file).map((target) => `${file.owner} -> ${target}`)),
    );
    const stale = [...documented].flatMap(([owner, row]) =>
      [...row.sources, ...row.tests]
        .filter((target) => !used.has(`${owner} -> ${target}`))
        .map((target) => `${owner} -> ${target}`),
    );
    expect(stale).toEqual([]);
  });

  it.each(FORBIDDEN)("$from never imports $to: $reason", (ban) => {
    const violations = files
      .filter((file) => ban.from.test(file.path) && !(file.isTest && ban.tests === "allowed"))
      .filter((file) => !(ban.tests === "allowed" && file.owner === "lab"))
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => ban.to.test(specifier))
          .map((specifier) => `${file.path}: ${specifier}`),
      );
    expect(violations).toEqual([]);
  });

  it("inside tokens go only where its table of rooms says", () => {
    const rooms = readTable("rooms");
    const inside = files.filter((file) => file.path.startsWith(TOKENS) && !file.isTest);
    const violations = inside
      .filter(({ path }) => ![`${TOKENS}index.ts`, `${TOKENS}internal.ts`].includes(path))
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => roomOf(posix.join(posix.dirname(file.path), specifier)))
          .filter((target) => target !== roomOf(file.path) && target !== "")
          .filter((target) => !(rooms.get(roomOf(file.path))?.[0] ?? []).includes(target))
          .map((target) => `${file.path} imports ${target}/`),
      );
    expect(violations).toEqual([]);
    expect([...rooms.keys()].toSorted()).toEqual(
      [...new Set(inside.map((file) => roomOf(file.path)))].filter((room) => room !== "").toSorted(),
    );
  });

  it("of each package name every workspace folder in the table", () => {
    expect([...new Set(files.map((file) => file.owner))].toSorted()).toEqual(
      [...documented.keys()].toSorted(),
    );
  });

  function allowedFor(file: SourceFile): Set<string> {
    const row = documented.get(file.owner);
    return new Set([...(row?.sources ?? []), ...(file.isTest ? (row?.tests ?? []) : [])]);
  }
});

function workspaceImports(file: SourceFile): string[] {
  return importsOf(file)
    .map((specifier) => /^@coatcheck\/([a-z-]+)/.exec(specifier)?.[1])
    .filter((name) => name !== undefined);
}

const TOKENS = "packages/tokens/src/";

/** The room of a file in tokens; empty for what lies beside the rooms. */
function roomOf(path: string): string {
  return /^([a-z]+)\//.exec(path.slice(TOKENS.length))?.[1] ?? "";
}

function readDocumentedGraph(): Map<string, { sources: string[]; tests: string[] }> {
  const graph = [...readTable("imports")].map(
    ([owner, [sources = [], tests = []]]) => [owner, { sources, tests }] as const,
  );
  return new Map(graph);
}

/** The table between two markers of docs/architecture.md: the lists of names in each row, by the row's first cell. */
function readTable(marker: string): Map<string, string[][]> {
  const text = readFileSync(join(repositoryRoot, "docs/architecture.md"), "utf8");
  const table =
    new RegExp(`<!-- ${marker}:begin -->([\\s\\S]*?)<!-- ${marker}:end -->`).exec(text)?.[1] ?? "";
  const rows = table.split("\n").filter((line) => /^\| [a-z]/.test(line));
  return new Map(
    rows.map((line) => {
      const [owner = "", ...cells] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      return [
        owner,
        cells.map((cell) =>
          cell
            .split(",")
            .map((name) => name.trim())
            .filter((name) => name !== ""),
        ),
      ];
    }),
  );
}
