/** So much of a text is shown before the match. */
const LEAD = 18;

/** Where a text holds what is searched for, in any case; `undefined` where it doesn't. */
export function findMatch(text: string, q: string): { start: number; end: number } | undefined {
  const wanted = q.trim().normalize("NFC").toLowerCase();
  if (wanted === "") return undefined;
  const folded = text.toLowerCase();
  // A letter whose small form is longer would shift every place after it.
  if (folded.length !== text.length) return undefined;
  const start = folded.indexOf(wanted);
  return start === -1 ? undefined : { start, end: start + wanted.length };
}

/** The text from a little before the match on, so that one line of it shows the match. */
export function snippetAround(text: string, q: string): string {
  const match = findMatch(text, q);
  if (match === undefined || match.end <= LEAD * 2) return text;
  const wordStart = text.lastIndexOf(" ", match.start - LEAD);
  return `… ${text.slice(wordStart + 1)}`;
}
