import dns from "node:dns";
import { describe, expect, it, vi } from "vitest";

describe("localhost, once it is remembered", () => {
  it("is looked up no more, whichever family is asked for, and everything else is", async () => {
    const asked = vi.spyOn(dns.promises, "lookup");
    await import("./remember-localhost.ts");
    const { lookup } = dns.promises;
    const both = await lookup("localhost", { all: true });
    expect(asked).toHaveBeenCalledExactlyOnceWith("localhost", { all: true });
    for (const family of [4, 6] as const) {
      const answer = await lookup("localhost", { all: true, family }).catch(
        (error: NodeJS.ErrnoException) => error.code,
      );
      const own = both.filter((address) => address.family === family);
      expect(answer).toEqual(own.length > 0 ? own : "ENOTFOUND");
    }
    expect(asked).toHaveBeenCalledTimes(1);
    expect(await lookup("127.0.0.1", { all: true })).toEqual([{ address: "127.0.0.1", family: 4 }]);
    expect(asked).toHaveBeenCalledTimes(2);
  });
});
