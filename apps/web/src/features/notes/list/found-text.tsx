import { findMatch, snippetAround } from "./find-match.ts";

export type FoundTextProps = {
  text: string;
  /** What is searched for; empty where nothing is. */
  q: string;
  /** Shows the text from near the match on: for one line of a long text. */
  asSnippet?: boolean;
};

/** A text with what was searched for marked in it. */
export function FoundText({ text, q, asSnippet = false }: FoundTextProps) {
  const shown = asSnippet ? snippetAround(text, q) : text;
  const match = findMatch(shown, q);
  if (match === undefined) return shown;
  return (
    <>
      {shown.slice(0, match.start)}
      <mark>{shown.slice(match.start, match.end)}</mark>
      {shown.slice(match.end)}
    </>
  );
}
