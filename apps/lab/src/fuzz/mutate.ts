import type { Random } from "../sim/random.ts";

const ODD_TEXTS = [
  "",
  " ",
  "%",
  "%00",
  "%2e%2e%2f",
  "%E0%A4%A",
  "..",
  "../",
  "//",
  "\\",
  ";",
  "#",
  "?",
  "@",
  "&scope=admin",
  "=",
  ",",
  '"',
  "<script>",
  "\0",
  "\r\nX: 1",
  "\u00e4\u00f6",
  "__proto__",
  "constructor",
  "null",
  "-1",
  "1e309",
  "9".repeat(40),
  "A".repeat(5_000),
  "http://127.0.0.9/",
  "//127.0.0.9/",
] as const;

/** Changes a text at one to three places: takes away, repeats, replaces, turns over a bit, puts something odd in. */
export function mutateText(text: string, random: Random): string {
  let mutated = text;
  for (let round = random.integer(1, 3); round > 0; round -= 1) mutated = mutateOnce(mutated, random);
  return mutated;
}

function mutateOnce(text: string, random: Random): string {
  const at = random.integer(0, text.length);
  const to = Math.min(text.length, at + random.integer(1, 8));
  const before = text.slice(0, at);
  switch (random.integer(0, 5)) {
    case 0:
      return before + text.slice(to);
    case 1:
      return before + text.slice(at, to).repeat(random.integer(2, 5)) + text.slice(to);
    case 2:
      return before + String.fromCharCode(random.integer(0, 255)) + text.slice(at + 1);
    case 3:
      return before + random.pick(ODD_TEXTS) + text.slice(at);
    case 4:
      return before + random.pick(ODD_TEXTS) + text.slice(to);
    default: {
      const code = text.charCodeAt(at);
      return Number.isNaN(code)
        ? text + text
        : before + String.fromCharCode((code ^ (1 << random.integer(0, 6))) & 255) + text.slice(at + 1);
    }
  }
}

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  "",
  "x",
  "9".repeat(30),
  [],
  [null],
  {},
  { error: 1 },
  [["a"]],
];

/** A value that a JSON member may have, and that nobody expects there. */
export function oddValue(random: Random): unknown {
  return random.chance(0.2) ? random.pick(ODD_TEXTS) : random.pick(ODD_VALUES);
}

/** Changes one to three members of a JSON object: goes, becomes odd, becomes text of it, wrapped in a list, gets a stranger beside it. */
export function mutateMembers(members: Record<string, unknown>, random: Random): void {
  for (let round = random.integer(1, 3); round > 0; round -= 1) {
    const names = Object.keys(members);
    const name = names.length === 0 ? "x" : random.pick(names);
    const value = members[name];
    switch (random.integer(0, 5)) {
      case 0:
        delete members[name];
        break;
      case 1:
        members[name] = oddValue(random);
        break;
      case 2:
        members[name] = typeof value === "string" ? mutateText(value, random) : JSON.stringify(value);
        break;
      case 3:
        members[name] = [value];
        break;
      case 4:
        members[mutateText(name, random)] = value;
        break;
      default:
        members[random.pick(["error", "iss", "aud", "exp", "nonce", "jwks_uri", "kid"])] = oddValue(random);
    }
  }
}
