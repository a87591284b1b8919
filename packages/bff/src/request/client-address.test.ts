import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClientAddress } from "./client-address.ts";
import { indexHeaders } from "./header-index.ts";
import { formatIpAddress, isInRange, parseIpAddress, parseIpRange } from "./ip-address.ts";

function addressOf(peer: string | undefined, forwarded: readonly string[], proxies: readonly string[]) {
  const ranges = proxies.map((proxy) => parseIpRange(proxy)).filter((range) => range !== undefined);
  return createClientAddress(ranges)(
    peer,
    indexHeaders(forwarded.map((value) => ["X-Forwarded-For", value])),
  );
}

function words(text: string): readonly string[] {
  return text.split(" ");
}

describe("the client's address", () => {
  it("S-131: is the connection's, whatever a stranger's X-Forwarded-For says", () => {
    expect(addressOf("203.0.113.9", ["10.0.0.1"], [])).toBe("203.0.113.9");
    expect(addressOf("203.0.113.9", ["10.0.0.1"], ["10.0.0.0/8"])).toBe("203.0.113.9");
    expect(addressOf(undefined, ["10.0.0.1"], ["0.0.0.0/0"])).toBeUndefined();
  });

  it("S-131: is the right-most hop that isn't a proxy of ours", () => {
    expect(addressOf("10.0.0.1", ["198.51.100.7, 203.0.113.9, 10.0.0.2"], ["10.0.0.0/8"])).toBe(
      "203.0.113.9",
    );
    expect(addressOf("10.0.0.1", ["198.51.100.7", "203.0.113.9"], ["10.0.0.0/8"])).toBe("203.0.113.9");
    expect(addressOf("10.0.0.1", ["10.0.0.3, 10.0.0.2"], ["10.0.0.0/8"])).toBe("10.0.0.3");
  });

  it("S-110 S-131: reads mapped IPv6, ports and zones; stops at what can't be read", () => {
    expect(addressOf("::ffff:10.0.0.1", ["203.0.113.9:4711"], ["10.0.0.0/8"])).toBe("203.0.113.9");
    expect(addressOf("10.0.0.1", ["[2001:db8::1]:443"], ["10.0.0.0/8"])).toBe("2001:db8:0:0:0:0:0:1");
    expect(addressOf("fe80::1%eth0", ["203.0.113.9"], ["fe80::/10"])).toBe("203.0.113.9");
    expect(addressOf("10.0.0.1", ["203.0.113.9, unknown"], ["10.0.0.0/8"])).toBe("10.0.0.1");
    expect(addressOf("10.0.0.1", ["203.0.113.9, 0x0a.0.0.1, 10.0.0.2"], ["10.0.0.0/8"])).toBe("10.0.0.2");
  });

  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::FFFF:10.0.0.1", "10.0.0.1"],
    ["0:0:0:0:0:ffff:10.0.0.1", "10.0.0.1"],
    ["::ffff:a00:1", "10.0.0.1"],
    ["0000:0000:0000:0000:0000:ffff:0a00:0001", "10.0.0.1"],
    // IPv4-compatible, translated and NAT64 addresses are addresses of their own, not the IPv4 one in them.
    ["::10.0.0.1", "0:0:0:0:0:0:a00:1"],
    ["::ffff:0:10.0.0.1", "0:0:0:0:ffff:0:a00:1"],
    ["64:ff9b::10.0.0.1", "64:ff9b:0:0:0:0:a00:1"],
    ["2001:DB8::1", "2001:db8:0:0:0:0:0:1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::", "0:0:0:0:0:0:0:0"],
  ])("S-110 S-131: %s is the address %s", (spelling, canonical) => {
    const address = parseIpAddress(spelling);
    expect(address === undefined ? undefined : formatIpAddress(address)).toBe(canonical);
    expect(address !== undefined && isInRange(address, parseIpRange("10.0.0.0/8")!)).toBe(
      canonical === "10.0.0.1",
    );
  });

  it.each([
    ...words("010.0.0.1 10.1 167772161 0x0a.0.0.1 0xa000001 256.0.0.1 1.2.3.4.5 1.2.3.4. +1.2.3.4 1e1.0.0.1"),
    ...words(": ::1:: 1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 12345:: ::g ::0x1 ::ffff:00001 [::1] ::1]"),
    ...words("1.2.3.4/32 ::1%0 fe80::1%eth0 1:2:3:4:5:6:7:1.2.3.4 10.0.0.1:: ::10.0.0.1:1"),
    ...words("::ffff:010.0.0.1 ::ffff:10.0.0.0x1 ::ffff:10.1 ::ffff:10.0.0.256 \uff11.2.3.4"),
    "",
    " 1.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4\n",
    "1.2.3.4\0",
    "::1\n",
  ])("S-110 S-131: %j is no address: it has no reading, or more than one", (odd) => {
    expect(parseIpAddress(odd)).toBeUndefined();
  });

  it.each([
    ["10.0.0.0/8", "10.255.0.1", "11.0.0.1"],
    ["10.0.0.7/8", "10.255.0.1", "11.0.0.1"],
    ["10.0.0.7", "10.0.0.7", "10.0.0.8"],
    ["::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.1"],
    ["10.0.0.0/8", "::ffff:10.255.0.1", "::10.255.0.1"],
    ["fd00::/8", "fdff::1", "fe00::1"],
    ["::/1", "1::", "10.0.0.1"],
    ["::1", "::1", "127.0.0.1"],
  ])("S-131: the range %s holds %s and not %s", (range, inside, outside) => {
    const parsed = parseIpRange(range)!;
    expect(isInRange(parseIpAddress(inside)!, parsed)).toBe(true);
    expect(isInRange(parseIpAddress(outside)!, parsed)).toBe(false);
  });

  it.each([
    ...words("10.0.0.0/33 ::/129 10.0.0.0/ 10.0.0.0/8/8 10.0.0.0/-1 10.0.0.0/08 10/8 010.0.0.0/8 /8 example"),
    ...words("::ffff:10.0.0.0/95 10.0.0.0/255.0.0.0 fe80::%1/10"),
    "10.0.0.0/8 ",
  ])("S-131: %j is no range", (odd) => {
    expect(parseIpRange(odd)).toBeUndefined();
  });

  it("S-131: what is written can be read again, and lies in its own range", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIpAddress(text);
        if (address === undefined) throw new Error(`can't read ${text}`);
        expect(parseIpAddress(formatIpAddress(address))).toEqual(address);
        const range = parseIpRange(text);
        expect(range !== undefined && isInRange(address, range)).toBe(true);
      }),
    );
  });
});
