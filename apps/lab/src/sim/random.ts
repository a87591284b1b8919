/** Random numbers that follow from a seed: the only source of chance in a simulated world. */
export interface Random {
  /** 0 (included) to 1 (excluded). */
  fraction(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** Picks by weight. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T;
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

/** `sfc32` by Chris Doty-Humphrey: small, fast, and passes the usual batteries. */
export function createRandom(seed: number, stream = 0): Random {
  let a = seed | 0;
  let b = (seed / 4_294_967_296) | 0;
  let c = stream | 0;
  let counter = 1;

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  }
  for (let round = 0; round < 12; round += 1) next();

  const fraction = (): number => next() / 4_294_967_296;
  const integer = (min: number, max: number): number => min + Math.floor(fraction() * (max - min + 1));
  function at<T>(values: readonly T[], index: number): T {
    const value = values[index];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: (values) => at(values, integer(0, values.length - 1)),
    weighted(choices) {
      const total = choices.reduce((sum, [weight]) => sum + weight, 0);
      let left = fraction() * total;
      for (const [weight, value] of choices) {
        left -= weight;
        if (left < 0) return value;
      }
      return at(choices, choices.length - 1)[1];
    },
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let index = 0; index < count; index += 1) bytes[index] = next() & 255;
      return bytes;
    },
  };
}
