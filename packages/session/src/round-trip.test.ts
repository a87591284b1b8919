import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SessionEnvelope } from "./browser-sessions.ts";
import { generateCookieKey } from "./cookie-keys.ts";
import { createBrowserSessions } from "./create-browser-sessions.ts";

interface Coat extends SessionEnvelope {
  readonly filling: string;
}

const parseCoat = (json: unknown): Coat | undefined => {
  const coat = json as Coat;
  return typeof coat.filling === "string" ? coat : undefined;
};

const sessions = createBrowserSessions(
  {
    keys: [generateCookieKey(randomBytes)],
    naming: { kind: "host" },
    parseValue: parseCoat,
    parseTransaction: (json) => json as { readonly verifier: string },
  },
  { nowMs: () => 1_790_000_000_000, randomBytes },
);

const pairOf = (setCookie: string): string => setCookie.slice(0, setCookie.indexOf(";"));
const toHeader = (setCookies: readonly string[]): string =>
  setCookies
    .map(pairOf)
    .filter((pair) => !pair.endsWith("="))
    .join("; ");

describe("a sealed session", () => {
  it("comes back as it went in, at all sizes around the limits, each cookie within 4,096 bytes (S-065)", async () => {
    const sizes = new Set<number>();
    const bounds = [0, 1, 500, 1050, 2700, 2760, 2800, 2850, 3300, 3350, 3400];
    const size = fc.oneof(
      fc.constantFrom(...bounds),
      fc.integer({ min: 2600, max: 3500 }),
      fc.integer({ min: 0, max: 6000 }),
    );
    await fc.assert(
      fc.asyncProperty(size, async (length) => {
        const value: Coat = { ...sessions.create(), filling: "x".repeat(length) };
        const outcome = await sessions.seal(value);
        if (outcome.kind === "too_large") {
          expect(length).toBeGreaterThan(3000);
          sizes.add(0);
          return;
        }
        const header = toHeader(outcome.setCookie);
        for (const pair of header.split("; ")) expect(pair.length - 1).toBeLessThanOrEqual(4096);
        sizes.add(header.split("; ").length);
        const opened = await sessions.open(header);
        expect(opened.sessions.map(({ value }) => value)).toEqual([value]);
        expect(opened.broken).toEqual([]);
      }),
      { numRuns: 60, examples: bounds.map((bound) => [bound]) },
    );
    expect(sizes).toEqual(new Set([0, 1, 2]));
  });
});
