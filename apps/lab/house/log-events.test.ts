import { describe, expect, it } from "vitest";
import { LOG_EVENTS } from "@coatcheck/bff";
import { METRICS, PROCESS_EVENTS } from "@coatcheck/server";
import { Visitor, type ESTree } from "vite";
import { parseSourceFiles, type ParsedFile } from "./syntax.ts";

const sources = parseSourceFiles().filter(
  ({ path, isTest }) => !isTest && /^packages\/\w+\/src\//.test(path),
);
/** The tables themselves, and who turns every line into text. */
const TABLES = /\/(?:log-events|process-events|metrics-table|log-writer)\.ts$/;

interface Emission {
  /** `undefined`: no plain text, so nobody can look it up. */
  readonly name: string | undefined;
  readonly at: string;
}

/** Objects that are log lines: those with an `event` that are handed to a log, or that have a `level`. */
function emissionsIn(file: ParsedFile, folder: string): readonly Emission[] {
  if (!file.path.startsWith(`packages/${folder}/src/`) || TABLES.test(file.path)) return [];
  const lines = new Set<ESTree.ObjectExpression>();
  new Visitor({
    CallExpression({ callee, arguments: given }) {
      const name = callee.type === "MemberExpression" ? callee.property : callee;
      if (name.type !== "Identifier" || !/^log$/i.test(name.name)) return;
      for (const argument of given) if (argument.type === "ObjectExpression") lines.add(argument);
    },
    ObjectExpression(node) {
      // What the provider's client reports has no level yet.
      if (member(node, "event") !== undefined && (folder === "oauth" || member(node, "level") !== undefined))
        lines.add(node);
    },
  }).visit(file.program);
  return [...lines].map((node) => ({ name: textOf(member(node, "event")), at: file.path }));
}

function member(node: ESTree.ObjectExpression, name: string): ESTree.Expression | undefined {
  for (const property of node.properties)
    if (property.type === "Property" && property.key.type === "Identifier" && property.key.name === name)
      return property.value;
  return undefined;
}

/** A plain text; of a template what stands before its only hole. */
function textOf(node: ESTree.Expression | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.quasis.at(1)?.value.raw === "")
    return `${node.quasis[0]?.value.raw}*`;
  return undefined;
}

function doubles(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

describe("events of the log", () => {
  const emissions = [
    ...sources.flatMap((file) => [...emissionsIn(file, "bff"), ...emissionsIn(file, "server")]),
    ...sources
      .flatMap((file) => emissionsIn(file, "oauth"))
      .map(({ name, at }) => ({ name: name === undefined ? undefined : `oauth_${name}`, at })),
  ];
  const named = emissions.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const listed = [...Object.keys(LOG_EVENTS), ...Object.keys(PROCESS_EVENTS)];

  it("are written by name, so that they can be found", () => {
    expect(emissions.filter(({ name }) => name === undefined)).toEqual([]);
  });

  it("are each written in one place", () => {
    const twice = doubles(named);
    expect(emissions.filter(({ name }) => name !== undefined && twice.includes(name))).toEqual([]);
  });

  it("stand in the table, and whatever stands there is written", () => {
    // One file hands on what the provider's client reports.
    expect(named.filter((name) => name.endsWith("*"))).toEqual(["oauth_*"]);
    expect(named.filter((name) => !name.endsWith("*")).toSorted()).toEqual(listed.toSorted());
    expect(doubles(listed)).toEqual([]);
  });

  it("are explained, each in a sentence", () => {
    expect(
      Object.entries({ ...LOG_EVENTS, ...PROCESS_EVENTS }).filter(
        ([, text]) => !/^[A-Z].{15,}\.$/.test(text),
      ),
    ).toEqual([]);
  });
});

describe("metrics", () => {
  it("are each named in one place beside the table, and are counted nowhere but in their folder", () => {
    const files = sources.filter(({ path }) => !TABLES.test(path));
    const written = files.flatMap((file) => {
      const found: string[] = [];
      new Visitor({
        Literal: ({ value }) =>
          void (typeof value === "string" && Object.hasOwn(METRICS, value) && found.push(value)),
        Property: ({ key }) =>
          void (key.type === "Identifier" && key.name.endsWith("_total") && found.push(key.name)),
      }).visit(file.program);
      return found.map((name) => ({ name, at: file.path }));
    });
    expect(written.filter(({ at }) => !at.startsWith("packages/server/src/metrics/"))).toEqual([]);
    expect(doubles(written.map(({ name }) => name))).toEqual([]);
  });
});
