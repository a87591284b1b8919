/** Places where work would escape from virtual time, the seed, or the one thread that a replay needs. */
const GUARDED = [
  [globalThis, "setTimeout"],
  [globalThis, "setInterval"],
  [globalThis, "fetch"],
  [Date, "now"],
  [Math, "random"],
  [performance, "now"],
  [crypto, "getRandomValues"],
  [crypto.subtle, "digest"],
  [crypto.subtle, "encrypt"],
  [crypto.subtle, "decrypt"],
  [crypto.subtle, "sign"],
  [crypto.subtle, "verify"],
  [crypto.subtle, "importKey"],
  [crypto.subtle, "deriveBits"],
  [crypto.subtle, "deriveKey"],
] as const;

/** Code that must not touch them; whoever runs the simulation may. */
const WATCHED = /\/packages\/[a-z]+\/src\//u;

/**
 * Reports every use of real time, real chance, the network or the thread pool by the code under test.
 *
 * @returns takes the wires away
 */
export function setTripwires(onTrip: (what: string) => void): () => void {
  const undo = GUARDED.map(([holder, name]) => {
    const original: unknown = Reflect.get(holder, name);
    if (typeof original !== "function") throw new TypeError(`${name} is no function`);
    Object.defineProperty(holder, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]): unknown {
        const caller = new Error().stack?.split("\n")[2] ?? "";
        if (WATCHED.test(caller)) onTrip(`${name} was used by ${caller.trim()}`);
        return Reflect.apply(original, this, args);
      },
    });
    return () => Object.defineProperty(holder, name, { configurable: true, writable: true, value: original });
  });
  return () => {
    for (const restore of undo) restore();
  };
}
