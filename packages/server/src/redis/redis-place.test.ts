import { describe, expect, it } from "vitest";
import { parseRedisPlace, type RedisPlace } from "./redis-place.ts";

const ONE = { kind: "one", isTls: false, database: 0, masterName: "", sentinelLogin: {} } as const;

describe("the address of a Redis", () => {
  it.each<readonly [string, Partial<RedisPlace>]>([
    ["redis://cache.internal", { nodes: [{ host: "cache.internal", port: 6379 }] }],
    ["redis://[::1]:7000/2", { nodes: [{ host: "::1", port: 7000 }], database: 2 }],
    ["redis://:p%40ss@a", { nodes: [{ host: "a", port: 6379 }], password: "p@ss" }],
    [
      "rediss://coatcheck:a:b%2F@a:1",
      { nodes: [{ host: "a", port: 1 }], isTls: true, username: "coatcheck", password: "a:b/" },
    ],
    [
      "rediss+cluster://me:x@a:1,b,[fd00::1]:3",
      {
        kind: "cluster",
        isTls: true,
        username: "me",
        password: "x",
        nodes: [
          { host: "a", port: 1 },
          { host: "b", port: 6379 },
          { host: "fd00::1", port: 3 },
        ],
      },
    ],
    [
      "redis+sentinel://me:x@a,b:1/coats/3?sentinelUser=s&sentinelPassword=y%2526",
      {
        kind: "sentinel",
        username: "me",
        password: "x",
        masterName: "coats",
        database: 3,
        nodes: [
          { host: "a", port: 26379 },
          { host: "b", port: 1 },
        ],
        sentinelLogin: { username: "s", password: "y%26" },
      },
    ],
  ])("%s is read", (text, place) => {
    expect(parseRedisPlace(text)).toEqual({ ...ONE, ...place });
  });
});
