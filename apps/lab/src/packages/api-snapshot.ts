import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync, Visitor, type ESTree } from "vite";

/** A built declaration file: what stands at its top level, by name. */
interface Declarations {
  readonly path: string;
  /** Statements, without comments; several of one name are overloads, or a value and its type. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** Names that a statement mentions. */
  readonly mentions: ReadonlyMap<string, ReadonlySet<string>>;
  /** Imported and re-exported names: local name, where from, and its name there (`*` for all). */
  readonly imports: ReadonlyMap<string, Origin>;
  readonly exports: ReadonlyMap<string, Origin>;
  readonly everythingOf: readonly string[];
}

interface Origin {
  /** Empty: this file. */
  readonly from: string;
  readonly name: string;
}

/**
 * Everything that an entry's declarations promise: what it exports, and every declaration of the package that those mention, in
 * alphabetical order and without comments. Two builds with the same text offer the same API.
 *
 * @param file the entry's `.d.ts`
 */
export function describeApi(file: string): string {
  const files = new Map<string, Declarations>();
  const exported: string[] = [];
  const internal = new Map<string, string>();
  const seen = new Set<string>();

  for (const [name, origin] of [...exportsOf(file)].toSorted(byName))
    exported.push(describe(name, origin.file, origin.name));
  const behind = [...internal].toSorted(byName).map(([, text]) => text);
  return [
    ...exported,
    ...(behind.length === 0 ? [] : ["// Not exported, but part of the above.", ...behind]),
    "",
  ].join("\n");

  function load(path: string): Declarations {
    const known = files.get(path) ?? readDeclarations(path);
    files.set(path, known);
    return known;
  }

  /** Where each exported name is declared; other packages' stay as they are. */
  function exportsOf(path: string): ReadonlyMap<string, { readonly file: string; readonly name: string }> {
    const { exports, everythingOf } = load(path);
    const found = new Map<string, { readonly file: string; readonly name: string }>();
    for (const from of everythingOf) {
      const other = resolve(path, from);
      if (other !== undefined) for (const [name, origin] of exportsOf(other)) found.set(name, origin);
    }
    for (const [name, origin] of exports) found.set(name, locate(path, origin));
    return found;
  }

  function locate(path: string, { from, name }: Origin): { readonly file: string; readonly name: string } {
    const other = from === "" ? path : resolve(path, from);
    if (other === undefined || name === "*") return { file: from, name };
    const further = load(other).exports.get(name);
    if (other !== path)
      return further === undefined
        ? (exportsOf(other).get(name) ?? { file: other, name })
        : locate(other, further);
    const imported = load(path).imports.get(name);
    return imported === undefined ? { file: path, name } : locate(path, imported);
  }

  function describe(shownName: string, path: string, name: string): string {
    if (!existsSync(path))
      return `export { ${name}${name === shownName ? "" : ` as ${shownName}`} } from "${path}";`;
    include(path, name, true);
    const { texts } = load(path);
    return (texts.get(name) ?? [])
      .map((text) => (name === shownName ? text : `${text} // as ${shownName}`))
      .join("\n");
  }

  /** Adds what a declaration mentions, and what that mentions. */
  function include(path: string, name: string, isExported: boolean): void {
    const id = `${path} ${name}`;
    if (seen.has(id)) return;
    seen.add(id);
    const { texts, mentions, imports } = load(path);
    if (!isExported) for (const text of texts.get(name) ?? []) internal.set(`${name} ${path}`, text);
    for (const mentioned of mentions.get(name) ?? []) {
      const origin =
        imports.get(mentioned) ?? (texts.has(mentioned) ? { from: "", name: mentioned } : undefined);
      if (origin === undefined) continue;
      const place = locate(path, origin);
      if (!existsSync(place.file)) continue;
      const isShown = [...exportsOf(file).values()].some(
        (one) => one.file === place.file && one.name === place.name,
      );
      include(place.file, place.name, isShown);
    }
  }
}

/** Alike on every machine, whatever its language. */
function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function resolve(path: string, from: string): string | undefined {
  if (!from.startsWith(".")) return undefined;
  return join(dirname(path), from.replace(/\.[jt]sx?$/, ".d.ts"));
}

function readDeclarations(path: string): Declarations {
  const source = readFileSync(path, "utf8");
  const { program, comments } = parseSync(path, source);
  const texts = new Map<string, string[]>();
  const mentions = new Map<string, Set<string>>();
  const imports = new Map<string, Origin>();
  const exports = new Map<string, Origin>();
  const everythingOf: string[] = [];

  function declare(node: ESTree.Node, declaration: ESTree.Node): void {
    for (const name of namesOf(declaration)) {
      texts.set(name, [...(texts.get(name) ?? []), textOf(node)]);
      const names = mentions.get(name) ?? new Set<string>();
      new Visitor({ Identifier: ({ name: mentioned }) => void names.add(mentioned) }).visit({
        ...program,
        body: [node as ESTree.Statement],
      });
      mentions.set(name, names);
    }
  }

  function textOf({ start, end }: ESTree.Node): string {
    const inside = comments.filter((comment) => comment.start >= start && comment.end <= end).toReversed();
    const bare = inside.reduce(
      (text, comment) => text.slice(0, comment.start - start) + text.slice(comment.end - start),
      source.slice(start, end),
    );
    return bare
      .replaceAll(/\n\s*\n/g, "\n")
      .replace(/^export (?:declare )?/, "")
      .replace(/^declare /, "");
  }

  for (const node of program.body) {
    switch (node.type) {
      case "ImportDeclaration":
        for (const one of node.specifiers) {
          const name = one.type === "ImportSpecifier" ? nameOf(one.imported) : "*";
          imports.set(one.local.name, { from: node.source.value, name });
        }
        break;
      case "ExportAllDeclaration":
        if (node.exported === null) everythingOf.push(node.source.value);
        else exports.set(nameOf(node.exported), { from: node.source.value, name: "*" });
        break;
      case "ExportNamedDeclaration":
        for (const one of node.specifiers)
          exports.set(nameOf(one.exported), { from: node.source?.value ?? "", name: nameOf(one.local) });
        if (node.declaration !== null) {
          declare(node, node.declaration);
          for (const name of namesOf(node.declaration)) exports.set(name, { from: "", name });
        }
        break;
      default:
        declare(node, node);
    }
  }
  return { path, texts, mentions, imports, exports, everythingOf };
}

function namesOf(node: ESTree.Node): readonly string[] {
  if (node.type === "VariableDeclaration")
    return node.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  const id = "id" in node ? (node.id as { readonly name?: string } | null) : null;
  return id?.name === undefined ? [] : [id.name];
}

function nameOf(node: ESTree.ModuleExportName): string {
  return node.type === "Literal" ? node.value : node.name;
}
