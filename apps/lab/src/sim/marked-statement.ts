/**
 * A bug, written into a marked place of the sources: the statement or property on the line after `// mutate: <name>`, or
 * on the line that ends so. Without such marks a bug would be lost whenever somebody rewords its line.
 */
export interface MarkedChange {
  /** The mark's name. */
  readonly at: string;
  /**
   * What becomes of the condition of an `if` or `while`, or else of the value that is assigned, returned or a property's.
   * `$` stands for what is there. `undefined`: the whole statement goes.
   */
  readonly becomes: string | undefined;
}

/** @throws {RangeError} where there is no such mark, or more than one */
export function changeMarkedStatement(source: string, { at, becomes }: MarkedChange): string {
  const marks = [...source.matchAll(/\/\/ mutate: ([\w-]+)$/gmu)].filter(([, name]) => name === at);
  const [mark] = marks;
  if (mark === undefined || marks.length > 1) throw new RangeError(`${marks.length} marks named ${at}`);
  const lineStart = source.lastIndexOf("\n", mark.index) + 1;
  const isAlone = source.slice(lineStart, mark.index).trim() === "";
  const from = firstVisible(source, isAlone ? mark.index + mark[0].length : lineStart);
  const end = endOf(source, from);
  if (becomes === undefined) return source.slice(0, from) + source.slice(end);
  const [valueFrom, valueEnd] = valueIn(source, from, end);
  const value = becomes.replaceAll("$", () => `(${source.slice(valueFrom, valueEnd)})`);
  return source.slice(0, valueFrom) + value + source.slice(valueEnd);
}

/** The names of all marks in a source. */
export function marksIn(source: string): readonly string[] {
  return [...source.matchAll(/\/\/ mutate: ([\w-]+)$/gmu)].map(([, name]) => name ?? "");
}

function firstVisible(source: string, from: number): number {
  return from + source.slice(from).search(/\S/u);
}

/** Where the value of a statement, or the condition of an `if`, begins and ends. */
function valueIn(source: string, from: number, end: number): readonly [number, number] {
  const statement = source.slice(from, end);
  const keyword = /^(?:if|while) \(/u.exec(statement);
  if (keyword !== null) {
    const inside = from + keyword[0].length;
    return [inside, skipUntil(source, inside, (char) => char === ")")];
  }
  const head = /^(?:return |(?:const |let )?[\w.]+(?:: [^=(]+)? = |\w+: )/u.exec(statement)?.[0] ?? "";
  return [from + head.length, /[;,]$/u.test(statement) ? end - 1 : end];
}

/** The end of the statement or property that begins here, its semicolon or comma included. */
function endOf(source: string, from: number): number {
  const end = skipUntil(source, from, (char) => char === ";" || char === ",");
  return /[;,]/u.test(source[end] ?? "") ? end + 1 : end;
}

/** The first place outside of brackets and texts at which this character stands, or an open bracket ends. */
function skipUntil(source: string, from: number, isEnd: (char: string) => boolean): number {
  let depth = 0;
  for (let index = from; index < source.length; index += 1) {
    const char = source[index] ?? "";
    if (depth === 0 && (isEnd(char) || ")]}".includes(char))) return index;
    if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) depth -= 1;
    else if ("\"'`".includes(char)) index = endOfText(source, index, char);
  }
  return source.length;
}

function endOfText(source: string, from: number, quote: string): number {
  let index = from + 1;
  while (index < source.length && source[index] !== quote) index += source[index] === "\\" ? 2 : 1;
  return index;
}
