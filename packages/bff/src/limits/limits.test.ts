import { describe, expect, it } from "vitest";
import { indexHeaders } from "../request/header-index.ts";
import { clientKey } from "./client-key.ts";
import { createMemoryRateLimit } from "./memory-rate-limit.ts";
import type { RateRule } from "./rate-limit.ts";

const RULE: RateRule = { name: "test", burst: 5, perSecond: 2 };

interface TimedLimit {
  readonly limit: ReturnType<typeof createMemoryRateLimit>;
  readonly advance: (ms: number) => void;
}

function limitAt(): TimedLimit {
  let now = 1_000;
  return { limit: createMemoryRateLimit(() => now), advance: (ms) => void (now += ms) };
}

describe("a rate limit (S-149)", () => {
  it("lets a burst pass, refuses the next, and says when to come again", () => {
    const { limit, advance } = limitAt();
    const verdicts = Array.from({ length: 6 }, () => limit.take(RULE, "a").kind);
    expect(verdicts).toEqual(["allowed", "allowed", "allowed", "allowed", "allowed", "refused"]);
    expect(limit.take(RULE, "a")).toEqual({ kind: "refused", retryAfterSeconds: 1 });
    advance(500);
    expect([limit.take(RULE, "a").kind, limit.take(RULE, "a").kind]).toEqual(["allowed", "refused"]);
  });

  it("fills up to the burst and no further", () => {
    const { limit, advance } = limitAt();
    for (let count = 0; count < 5; count += 1) limit.take(RULE, "a");
    advance(3_600_000);
    expect(
      Array.from({ length: 6 }, () => limit.take(RULE, "a").kind).filter((kind) => kind === "allowed"),
    ).toHaveLength(5);
  });

  it("counts clients and rules apart", () => {
    const { limit } = limitAt();
    for (let count = 0; count < 5; count += 1) limit.take(RULE, "a");
    expect(limit.take(RULE, "a").kind).toBe("refused");
    expect(limit.take(RULE, "b").kind).toBe("allowed");
    expect(limit.take({ ...RULE, name: "other" }, "a").kind).toBe("allowed");
  });

  it("looks without taking", () => {
    const { limit } = limitAt();
    for (let count = 0; count < 20; count += 1) expect(limit.take(RULE, "a", 0).kind).toBe("allowed");
    for (let count = 0; count < 5; count += 1) limit.take(RULE, "a");
    expect(limit.take(RULE, "a", 0).kind).toBe("refused");
  });

  it("holds a bounded number of clients, however many come", () => {
    const { limit } = limitAt();
    const before = process.memoryUsage().heapUsed;
    for (let client = 0; client < 300_000; client += 1) limit.take(RULE, `client-${client}`);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("whom a request counts for", () => {
  it.each([
    ["an IPv4 address", "192.0.2.7", {}, { kind: "known", key: "192.0.2.7" }],
    ["the same, mapped", "::ffff:192.0.2.7", {}, { kind: "known", key: "192.0.2.7" }],
    ["an IPv6 address: its /64", "2001:db8:1:2:3:4:5:6", {}, { kind: "known", key: "2001:db8:1:2::" }],
    ["a private address that forwards nothing", "10.0.0.7", {}, { kind: "known", key: "10.0.0.7" }],
    [
      "an untrusted proxy in our own network",
      "10.0.0.7",
      { "x-forwarded-for": "192.0.2.1" },
      { kind: "unknown", isProxied: true },
    ],
    [
      "the same by Forwarded, on loopback",
      "127.0.0.1",
      { forwarded: "for=192.0.2.1" },
      { kind: "unknown", isProxied: true },
    ],
    [
      "an internet client that claims to forward",
      "192.0.2.7",
      { "x-forwarded-for": "10.0.0.1" },
      { kind: "known", key: "192.0.2.7" },
    ],
    ["no address", undefined, {}, { kind: "unknown", isProxied: false }],
    ["no address at all", "pipe", {}, { kind: "unknown", isProxied: false }],
  ])("%s", (_, address, headers, key) => {
    expect(clientKey(address, indexHeaders(Object.entries(headers)), false)).toEqual(key);
  });

  it("a client in our own network, where a trusted proxy names it", () => {
    const headers = indexHeaders([["x-forwarded-for", "10.1.2.3"]]);
    expect(clientKey("10.1.2.3", headers, true)).toEqual({ kind: "known", key: "10.1.2.3" });
  });
});
