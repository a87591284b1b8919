const MAX_PARAMETER_CHARACTERS = 512;
const UNPRINTABLE = /\p{Cc}/u;

/** A parameter of a link that stands there once. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

/** One that may be handed to a provider: a short text of one line (S-009). */
export function handedOn(query: URLSearchParams, name: string): string | undefined {
  const value = single(query, name);
  const isUsable =
    value !== undefined &&
    value !== "" &&
    value.length <= MAX_PARAMETER_CHARACTERS &&
    !UNPRINTABLE.test(value);
  return isUsable ? value : undefined;
}
