/** One cookie of a `Cookie` header, its value as received. */
export interface ShownCookie {
  readonly name: string;
  readonly value: string;
}

/** Only the white space of RFC 6265: trimming more would let a foreign name pass for one of ours. */
function sliceTrimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpaceOrTab(text, from)) from += 1;
  while (from < to && isSpaceOrTab(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isSpaceOrTab(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 0x20 || code === 0x09;
}

/**
 * Reads a `Cookie` header: names that start with `prefix`, in the order received; of a name shown twice the first counts.
 *
 * Values aren't decoded in any way. Never throws, whatever the text.
 *
 * @see RFC 6265 section 5.4
 */
export function parseCookieHeader(
  header: string | undefined,
  prefixes: readonly string[],
): readonly ShownCookie[] {
  if (header === undefined || header === "") return [];
  const found = new Map<string, string>();
  let start = 0;
  while (start < header.length) {
    const semicolon = header.indexOf(";", start);
    const end = semicolon === -1 ? header.length : semicolon;
    const equals = header.indexOf("=", start);
    if (equals !== -1 && equals < end) {
      const name = sliceTrimmed(header, start, equals);
      if (prefixes.some((prefix) => name.startsWith(prefix)) && !found.has(name)) {
        found.set(name, sliceTrimmed(header, equals + 1, end));
      }
    }
    start = end + 1;
  }
  return Array.from(found, ([name, value]) => ({ name, value }));
}
