import { describe, expect, it } from "vitest";
import { isLoopbackHost } from "./loopback-host.ts";

const LOOPBACK = `
  localhost LOCALHOST localhost. app.localhost a.b.localhost
  127.0.0.1 127.255.255.254 127.1 127.0.0 2130706433 0x7f.0.0.1 0177.0.0.1 127.0.0.1.
  ::1 [::1] 0:0:0:0:0:0:0:1 [0:0::1] ::0.0.0.1
`;

const ELSEWHERE = `
  localhost.example notlocalhost localhost.localdomain .localhost a..localhost local lοcalhost
  127.example.com 127.0.0.1.example 128.0.0.1 126.255.255.255 127.0.0.256
  0.0.0.0 10.0.0.1 192.168.0.1 169.254.169.254 :: ::2 [::] fe80::1 ::1%lo
  ::ffff:127.0.0.1 [::ffff:7f00:1] ::127.0.0.1
  localhost:80 127.0.0.1:80 [::1]:80 user@localhost localhost/x localhost# localhost?x %6cocalhost http://localhost
`;

const words = (text: string): readonly string[] => text.trim().split(/\s+/u);

describe("a host of this machine", () => {
  it.each(words(LOOPBACK))("is %s", (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([...words(ELSEWHERE), "", "local host", "localhost\n", " 127.0.0.1"])("isn't %j", (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
