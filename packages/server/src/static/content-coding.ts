/** Codings that files are kept in, the smaller first. */
const CODINGS = ["br", "gzip"] as const;

export type ContentCoding = (typeof CODINGS)[number];

/**
 * Picks the coding for an answer from `Accept-Encoding`; `undefined`: as it is.
 *
 * @see RFC 9110 section 12.5.3
 */
export function chooseCoding(
  acceptEncoding: string | undefined,
  available: Readonly<Partial<Record<ContentCoding, unknown>>>,
): ContentCoding | undefined {
  if (acceptEncoding === undefined) return undefined;
  const accepted = new Map<string, boolean>();
  for (const part of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    accepted.set(name, !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter)));
  }
  const isAccepted = (coding: string): boolean => accepted.get(coding) ?? accepted.get("*") ?? false;
  return CODINGS.find((coding) => available[coding] !== undefined && isAccepted(coding));
}
