import { parseSync, Visitor, type ESTree } from "vite";
import { readSourceFiles, type SourceFile } from "./source-files.ts";

/** A source file and what its parser made of it. */
export interface ParsedFile extends SourceFile {
  /** Texts of comments, without their marks. */
  readonly comments: readonly string[];
  readonly program: ESTree.Program;
}

let parsed: readonly ParsedFile[] | undefined;

/** Every source file of the workspace, parsed once. @throws {SyntaxError} naming a file that can't be parsed */
export function parseSourceFiles(): readonly ParsedFile[] {
  parsed ??= readSourceFiles().map((file) => {
    const { program, comments, errors } = parseSync(file.path, file.text);
    if (errors.length > 0) throw new SyntaxError(`${file.path}: ${errors[0]?.message}`);
    return Object.assign(file, {
      program,
      comments: comments.map(({ value }) => value),
    });
  });
  return parsed;
}

/** A name that a module's top level declares. */
export interface TopLevelName {
  readonly name: string;
  readonly isExported: boolean;
  /** What declares it: of `const a = 1, b = 2` each its own declarator. */
  readonly node: ESTree.Declaration | ESTree.VariableDeclarator;
}

export function topLevelNames({ program }: ParsedFile): readonly TopLevelName[] {
  return program.body.flatMap((statement): readonly TopLevelName[] => {
    const isExported = statement.type === "ExportNamedDeclaration";
    const declaration = isExported ? statement.declaration : statement;
    switch (declaration?.type) {
      case "VariableDeclaration":
        return declaration.declarations.flatMap((node) =>
          node.id.type === "Identifier" ? [{ name: node.id.name, isExported, node }] : [],
        );
      case "FunctionDeclaration":
      case "ClassDeclaration":
        return declaration.id === null ? [] : [{ name: declaration.id.name, isExported, node: declaration }];
      case "TSInterfaceDeclaration":
      case "TSTypeAliasDeclaration":
        return [{ name: declaration.id.name, isExported, node: declaration }];
      default:
        return [];
    }
  });
}

/** Every name that a file writes: of values, types, members. */
export function identifiersOf({ program }: ParsedFile): readonly string[] {
  const names = new Set<string>();
  new Visitor({ Identifier: (node) => void names.add(node.name) }).visit(program);
  return [...names];
}
