import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientAddress } from "./client-address.ts";
import { indexHeaders } from "./header-index.ts";
import { formatIpAddress, isInRange, parseIpAddress, parseIpRange } from "./ip-address.ts";

function tell(peer: string | undefined, forwarded: readonly string[], proxies: readonly string[]) {
  const ranges = proxies.map((proxy) => parseIpRange(proxy)).filter((range) => range !== undefined);
  return clientAddress(peer, indexHeaders(forwarded.map((value) => ["X-Forwarded-For", value])), ranges);
}

describe("the client's address", () => {
  it("S-131: is the connection's, whatever a stranger's X-Forwarded-For says", () => {
    expect(tell("203.0.113.9", ["10.0.0.1"], [])).toBe("203.0.113.9");
    expect(tell("203.0.113.9", ["10.0.0.1"], ["10.0.0.0/8"])).toBe("203.0.113.9");
    expect(tell(undefined, ["10.0.0.1"], ["0.0.0.0/0"])).toBeUndefined();
  });

  it("S-131: is the right-most hop that isn't a proxy of ours", () => {
    expect(tell("10.0.0.1", ["198.51.100.7, 203.0.113.9, 10.0.0.2"], ["10.0.0.0/8"])).toBe("203.0.113.9");
    expect(tell("10.0.0.1", ["198.51.100.7", "203.0.113.9"], ["10.0.0.0/8"])).toBe("203.0.113.9");
    expect(tell("10.0.0.1", ["10.0.0.3, 10.0.0.2"], ["10.0.0.0/8"])).toBe("10.0.0.3");
  });

  it("S-110 S-131: reads mapped IPv6, ports and zones; stops at what can't be read", () => {
    expect(tell("::ffff:10.0.0.1", ["203.0.113.9:4711"], ["10.0.0.0/8"])).toBe("203.0.113.9");
    expect(tell("10.0.0.1", ["[2001:db8::1]:443"], ["10.0.0.0/8"])).toBe("2001:db8:0:0:0:0:0:1");
    expect(tell("fe80::1%eth0", ["203.0.113.9"], ["fe80::/10"])).toBe("203.0.113.9");
    expect(tell("10.0.0.1", ["203.0.113.9, unknown"], ["10.0.0.0/8"])).toBe("10.0.0.1");
    expect(tell("10.0.0.1", ["203.0.113.9, 0x0a.0.0.1, 10.0.0.2"], ["10.0.0.0/8"])).toBe("10.0.0.2");
  });

  it("S-131: an address has one reading: no leading zeros, shortcuts or surplus groups", () => {
    for (const odd of [
      "010.0.0.1",
      "10.1",
      "256.0.0.1",
      "1.2.3.4.5",
      "::1::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "::1%0",
      "",
      " 1.2.3.4",
      "12345::",
    ]) {
      expect([odd, parseIpAddress(odd)]).toEqual([odd, undefined]);
    }
    for (const odd of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "example"]) {
      expect([odd, parseIpRange(odd)]).toEqual([odd, undefined]);
    }
  });

  it("S-131: what is written can be read again, and lies in its own range", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIpAddress(text);
        if (address === undefined) throw new Error(`can't read ${text}`);
        expect(parseIpAddress(formatIpAddress(address))).toBe(address);
        const range = parseIpRange(text);
        expect(range !== undefined && isInRange(address, range)).toBe(true);
      }),
    );
  });
});
