/**
 * Checks that a value from outside has the shape that it should have, and copies it.
 *
 * Hand-written because it reaches every browser (decision 008); a property test holds it to zod's verdict.
 */
export interface Schema<T> {
  /** @throws {TypeError} for any other shape */
  parse(value: unknown): T;
  safeParse(value: unknown): Parsed<T>;
}

export type Parsed<T> = { success: true; data: T } | { success: false; data?: undefined };

/** What a schema lets through. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

// The marks let a bundler leave out the schemas that a page doesn't use.

type Shape = Readonly<Record<string, Schema<unknown>>>;
type OptionalKeys<S extends Shape> = { [K in keyof S]: undefined extends Infer<S[K]> ? K : never }[keyof S];
/** As zod types it: a member that may be `undefined` may be missing. */
type ObjectOf<S extends Shape> = Flat<
  { [K in Exclude<keyof S, OptionalKeys<S>>]: Infer<S[K]> } & { [K in OptionalKeys<S>]?: Infer<S[K]> }
>;
type Flat<T> = { [K in keyof T]: T[K] };

/* @__NO_SIDE_EFFECTS__ */ function schema<T>(parse: (value: unknown) => T): Schema<T> {
  return {
    parse,
    safeParse(value) {
      try {
        return { success: true, data: parse(value) };
      } catch (error) {
        if (error instanceof TypeError) return { success: false };
        throw error;
      }
    },
  };
}

function refuse(): never {
  throw new TypeError("The value has another shape.");
}

/* @__NO_SIDE_EFFECTS__ */ function suchThat<T>(holds: (value: unknown) => boolean): Schema<T> {
  return schema((value) => (holds(value) ? (value as T) : refuse()));
}

export const string: Schema<string> = suchThat((value) => typeof value === "string");
/** Finite: JSON knows no other. */
export const number: Schema<number> = suchThat(Number.isFinite);
export const boolean: Schema<boolean> = suchThat((value) => typeof value === "boolean");

/** One of these very values. */
/* @__NO_SIDE_EFFECTS__ */ export function oneOf<const T extends readonly unknown[]>(
  ...values: T
): Schema<T[number]> {
  return suchThat((value) => values.includes(value));
}

/* @__NO_SIDE_EFFECTS__ */ export function optional<T>(inner: Schema<T>): Schema<T | undefined> {
  return schema((value) => (value === undefined ? undefined : inner.parse(value)));
}

/* @__NO_SIDE_EFFECTS__ */ export function array<T>(inner: Schema<T>): Schema<T[]> {
  return schema((value) => (Array.isArray(value) ? value.map((item) => inner.parse(item)) : refuse()));
}

/** Members that the shape doesn't name are left out, so that an older page stays as it was when a newer server adds some. */
/* @__NO_SIDE_EFFECTS__ */ export function object<const S extends Shape>(shape: S): Schema<ObjectOf<S>> {
  return schema((value) => readMembers(shape, value, {}) as ObjectOf<S>);
}

/** Members that the shape doesn't name come through as they are. */
/* @__NO_SIDE_EFFECTS__ */ export function looseObject<const S extends Shape>(
  shape: S,
): Schema<ObjectOf<S> & { [name: string]: unknown }> {
  return schema(
    (value) => readMembers(shape, value, { ...(value as object) }) as ObjectOf<S> & Record<string, unknown>,
  );
}

/** The first that fits. */
/* @__NO_SIDE_EFFECTS__ */ export function union<const S extends readonly Schema<unknown>[]>(
  ...members: S
): Schema<Infer<S[number]>> {
  return schema((value) => {
    for (const member of members) {
      const parsed = member.safeParse(value);
      if (parsed.success) return parsed.data as Infer<S[number]>;
    }
    return refuse();
  });
}

function readMembers(shape: Shape, value: unknown, into: Record<string, unknown>): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse();
  for (const name of Object.keys(shape)) {
    // Own members only: what every object inherits was never sent.
    const member = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const parsed = shape[name]?.parse(member);
    if (parsed === undefined) delete into[name];
    else into[name] = parsed;
  }
  return into;
}
