import { isObject, Secret } from "@coatcheck/bff/config";

/** Puts one configuration over another, setting by setting. */
export function merge(below: Readonly<Record<string, unknown>>, above: object): object {
  const merged: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const under = merged[name];
    merged[name] =
      isObject(under) && isObject(value) && !(value instanceof Secret)
        ? merge(under, value)
        : (value as unknown);
  }
  return merged;
}

/** What stands at a path of a configuration, as problems name it. */
export function valueAt(config: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/u)
    .filter((name) => name !== "")
    .reduce<unknown>(
      (value, name) =>
        isObject(value) || Array.isArray(value) ? (value as Record<string, unknown>)[name] : undefined,
      config,
    );
}

/** A copy of objects and lists, so that what was handed in stays as changeable as it was. */
export function copyPlain<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((part: unknown) => copyPlain(part)) as Value;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, copyPlain<unknown>(part)]),
  ) as Value;
}

export function freezeConfig<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const part of Object.values(value)) freezeConfig(part);
    Object.freeze(value);
  }
  return value;
}
