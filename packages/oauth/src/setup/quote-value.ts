const MAX_LENGTH = 200;

/**
 * Writes a member of somebody else's document into a log line: in quotation marks, ASCII alone, cut where it is long, and
 * without what an address may hold of a secret: user name, password, values of its query.
 */
export function quoteValue(value: unknown): string {
  if (value === undefined) return "nothing";
  return cut(JSON.stringify(typeof value === "string" ? withoutSecrets(value) : value));
}

function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, "//...@").replaceAll(/([?&][^=&#]*=)[^&#]*/g, "$1...");
}

function cut(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7e]/g, "?");
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH)}...` : clean;
}
