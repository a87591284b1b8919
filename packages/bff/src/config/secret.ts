/** A configured value that prints as `[secret]`, however it is printed; only `reveal()` gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; call it where it is used and nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** A secret may be configured as text, too: from code that has no better place for it. */
export function revealSecret(secret: string | Secret): string {
  return secret instanceof Secret ? secret.reveal() : secret;
}
