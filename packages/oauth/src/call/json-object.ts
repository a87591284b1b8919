export type JsonObject = { readonly [member: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses a JSON object that has no member twice and none named `__proto__`; anything else is `undefined`.
 *
 * Without this, two parsers in one chain may believe different members (S-049).
 *
 * @param readMembers where an answer is too dear to lose: the members of it that are read, and nothing else will be; others
 *   may be there twice, and so may what is in them
 * @see RFC 8259 section 4
 */
export function parseJsonObject(text: string, readMembers?: ReadonlySet<string>): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isJsonObject(value) && hasSoundMembers(text, readMembers) ? value : undefined;
}

/** Walks the tokens of a text that `JSON.parse` has accepted, so it needn't check the grammar again. */
function hasSoundMembers(text: string, readMembers: ReadonlySet<string> | undefined): boolean {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;
  const open: (Set<string> | "array")[] = [];
  let memberNameComesNext = false;
  let isRead = true;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const token = match[0];
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : "array");
      memberNameComesNext = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      memberNameComesNext = false;
    } else if (token === ",") {
      memberNameComesNext = open.at(-1) !== "array";
    } else if (memberNameComesNext) {
      const names = open.at(-1);
      const name = JSON.parse(token) as string;
      if (names === undefined || names === "array" || name === "__proto__") return false;
      if (open.length === 1) isRead = readMembers?.has(name) ?? true;
      if (isRead && names.has(name)) return false;
      names.add(name);
      memberNameComesNext = false;
    }
  }
  return true;
}
