import { describe, expect, it } from "vitest";
import { chunkName, createCookieNames, type CookieNames, type CookieNaming } from "./cookie-names.ts";
import { createWebCryptoMac } from "./mac.ts";

const PATHS = [undefined, "/a", "/a/b", "/a-b", "/a-tx", "/a-logout", "/a-8443", "/a/8443", "/a-12345678"];
const PORTS = [undefined, 8443, 9443] as const;

function namesOf(naming: CookieNaming): CookieNames {
  return createCookieNames(naming, createWebCryptoMac());
}

describe("S-132: the names of applications that share a host", () => {
  const places = PATHS.flatMap((basePath) =>
    PORTS.map((port) => ({
      place: `${basePath ?? ""}:${port ?? 443}`,
      names: namesOf({
        kind: "host",
        ...(port === undefined ? {} : { port }),
        ...(basePath === undefined ? {} : { basePath }),
      }),
    })),
  );

  it.each(places)("of the one at $place are nobody else's", async ({ place, names }) => {
    const base = await names.session("sid");
    const written = [base, chunkName(base, 1), (await names.transaction("state")).name, names.logout];
    const readers = places.filter((other) => written.some((name) => other.names.parse(name) !== undefined));
    expect(readers.map((reader) => reader.place)).toEqual([place]);
    expect(written.map((name) => names.parse(name)?.kind)).toEqual([
      "session",
      "session",
      "transaction",
      "logout",
    ]);
  });
});
