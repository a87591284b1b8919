import { Visitor, type ESTree } from "vite";
import { parseSourceFiles, topLevelNames, type ParsedFile } from "./syntax.ts";

/** What writes log lines, or what they are made of. */
const SOURCES = /^packages\/(?:bff|oauth|proxy|tokens|server)\/src\//;
/** A type or a table of them, by its name. */
const NAMED = /^(?:\w*Reason|NotSentCode|OAuthErrorCode|REFUSAL_REASONS)$/;

/**
 * Every word that a `reason` in the log or in an answer may be, as far as our sources write it: members of the types and
 * tables of reasons, and what is given as `reason` word for word. What comes from outside (a provider's error code, a status)
 * isn't among them.
 */
export function writtenReasons(): ReadonlySet<string> {
  const files = parseSourceFiles().filter(({ path, isTest }) => !isTest && SOURCES.test(path));
  return new Set(
    files
      .flatMap((file) => ofNamed(file).concat(ofMembers(file)))
      .filter((word) => /^[a-z][a-z0-9_]+$/.test(word)),
  );
}

function ofNamed(file: ParsedFile): readonly string[] {
  return topLevelNames(file)
    .filter(({ name }) => NAMED.test(name))
    .flatMap(({ node }) => literalsIn(node));
}

function ofMembers(file: ParsedFile): readonly string[] {
  const found: string[] = [];
  new Visitor({
    Property({ key, value }) {
      if (key.type === "Identifier" && key.name === "reason") found.push(...literalsIn(value));
    },
    TSPropertySignature({ key, typeAnnotation }) {
      if (key.type === "Identifier" && key.name === "reason" && typeAnnotation !== null)
        found.push(...literalsIn(typeAnnotation));
    },
  }).visit(file.program);
  return found;
}

/** All texts below a node, but those that are only compared with, and those of a reason's section. */
function literalsIn(root: ESTree.Node): readonly string[] {
  const found: string[] = [];
  function walk(node: unknown): void {
    if (Array.isArray(node)) return node.forEach(walk);
    if (typeof node !== "object" || node === null || !("type" in node)) return;
    const { type } = node as ESTree.Node;
    if (type === "BinaryExpression" || type === "TSTypeReference" || type === "CallExpression") return;
    if (type === "Literal") {
      const { value } = node as { readonly value?: unknown };
      if (typeof value === "string") found.push(value);
      return;
    }
    for (const [key, child] of Object.entries(node)) if (key !== "parent") walk(child);
  }
  walk(root);
  return found;
}
