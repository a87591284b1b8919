/** What an error and its causes say, with their codes: errors of sockets have their reason in one, errors of several addresses in each. */
export function textOfFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  const code = "code" in error ? String(error.code) : "";
  const several = error instanceof AggregateError ? error.errors.map(textOfFailure) : [];
  return [code, message, ...several, ...(cause === undefined ? [] : [textOfFailure(cause)])].join(" ");
}
