/**
 * Names why the protocol library refused something: its code, and the claim or attribute concerned.
 *
 * Never its message or cause, which hold tokens.
 */
export function describeProtocolFailure(error: unknown): string {
  let code = "unknown";
  let subject = "";
  let current = error;
  for (let depth = 0; depth < 4 && isRecord(current); depth += 1) {
    if (typeof current["code"] === "string" && /^OAUTH_[A-Z_]{1,60}$/.test(current["code"]))
      code = current["code"];
    for (const name of ["claim", "attribute"]) {
      const value = current[name];
      if (typeof value === "string" && /^[a-z_]{1,40}$/.test(value)) subject = `(${value})`;
    }
    current = current["cause"];
  }
  return `${code}${subject}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
