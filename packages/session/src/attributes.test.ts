import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { COOKIE_KEY, createCloakroom, sealed } from "../suite/coats.ts";
import { generateCookieKey } from "./cookie-keys.ts";
import type { CookieNaming } from "./cookie-names.ts";

function attributesOf(setCookie: string): readonly string[] {
  return setCookie.split("; ").slice(1);
}
function nameOf(setCookie: string): string {
  return setCookie.slice(0, setCookie.indexOf("="));
}

const OTHER_KEY = generateCookieKey((length) => new Uint8Array(randomBytes(length)));

async function cookiesOfAllKinds(naming: CookieNaming): Promise<readonly string[]> {
  const { sessions, coat } = createCloakroom({ naming });
  return [
    ...(await sealed(sessions, coat())),
    ...(await sessions.sealTransaction({ state: "s", codeVerifier: "v" }, "s", undefined)),
    ...((await sessions.sealLogoutHint({ idToken: "a.b.c", sid: "sid" })) ?? []),
  ];
}

describe("cookie attributes", () => {
  it("of a session are __Host-, Secure, HttpOnly, Strict, Path=/ and no Domain (S-055)", async () => {
    const { sessions, coat } = createCloakroom();
    const [setCookie = ""] = await sealed(sessions, coat());
    expect(nameOf(setCookie)).toMatch(/^__Host-coatcheck-[0-9a-f]{8}$/u);
    expect(attributesOf(setCookie)).toEqual([
      "Max-Age=43200",
      "Path=/",
      "HttpOnly",
      "Secure",
      "SameSite=Strict",
    ]);
  });

  it("of a transaction are its own: Lax, 10 minutes, another name (S-057)", async () => {
    const { sessions } = createCloakroom();
    const [setCookie = ""] = await sessions.sealTransaction(
      { state: "s", codeVerifier: "v" },
      "s",
      undefined,
    );
    expect(nameOf(setCookie)).toMatch(/^__Host-coatcheck-tx-[0-9a-f]{8}$/u);
    expect(nameOf(setCookie)).toBe(await sessions.transactionName("s"));
    expect(attributesOf(setCookie)).toEqual(["Max-Age=600", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"]);
  });

  it("of the logout hint keep it to /bff/logout", async () => {
    const { sessions } = createCloakroom();
    const [setCookie = ""] = (await sessions.sealLogoutHint({ idToken: "a.b.c", sid: "sid" })) ?? [];
    expect(nameOf(setCookie)).toBe("__Secure-coatcheck-logout");
    expect(attributesOf(setCookie)).toEqual([
      "Max-Age=43200",
      "Path=/bff/logout",
      "HttpOnly",
      "Secure",
      "SameSite=Strict",
    ]);
  });

  it("of a session that ends with the browser have no Max-Age, and the deadline inside holds all the same (S-062)", async () => {
    const { sessions, clock, coat } = createCloakroom({ persistent: false });
    const value = coat();
    const [setCookie = ""] = await sealed(sessions, value);
    expect(attributesOf(setCookie)).toEqual(["Path=/", "HttpOnly", "Secure", "SameSite=Strict"]);
    clock.nowMs += 43_200_000;
    expect(await sessions.open(setCookie.slice(0, setCookie.indexOf(";")))).toMatchObject({
      sessions: [],
      expired: [{ value }],
    });
  });

  it("on loopback have no Secure", async () => {
    const setCookies = await cookiesOfAllKinds({ kind: "loopback", port: 3000 });
    expect(setCookies.map((setCookie) => nameOf(setCookie).replace(/[0-9a-f]{8}$/u, "h"))).toEqual([
      "coatcheck-3000-h",
      "coatcheck-3000-tx-h",
      "coatcheck-3000-logout",
    ]);
    expect(setCookies.flatMap(attributesOf)).not.toContain("Secure");
  });

  it("on a port of their own over https name it, and are __Host- all the same (S-055)", async () => {
    const setCookies = await cookiesOfAllKinds({ kind: "host", port: 8443 });
    expect(setCookies.map((setCookie) => nameOf(setCookie).replace(/[0-9a-f]{8}$/u, "h"))).toEqual([
      "__Host-coatcheck-8443-h",
      "__Host-coatcheck-8443-tx-h",
      "__Secure-coatcheck-8443-logout",
    ]);
    expect(setCookies.every((setCookie) => attributesOf(setCookie).includes("Secure"))).toBe(true);
  });

  const namings: readonly CookieNaming[] = [
    { kind: "host" },
    { kind: "host", port: 8443 },
    { kind: "host", port: 9443 },
    { kind: "host", port: 844 },
    { kind: "loopback", port: 8443 },
    { kind: "loopback", port: 3000 },
    { kind: "loopback", port: 300 },
  ];
  it.each(namings.flatMap((own) => namings.map((other) => [own, other] as const)))(
    "of %j aren't touched by an application at %j, unless it is the same one, whatever its keys",
    async (own, other) => {
      const setCookies = await cookiesOfAllKinds(own);
      const names = setCookies.map(nameOf);
      const header = setCookies.map((setCookie) => setCookie.slice(0, setCookie.indexOf(";"))).join("; ");
      for (const cookieKeys of [[COOKIE_KEY], [OTHER_KEY]]) {
        const { sessions } = createCloakroom({ naming: other, cookieKeys });
        expect((await sessions.open(header)).shown).toEqual(own === other ? names : []);
        expect(sessions.expire(names).map(nameOf)).toEqual(own === other ? names : []);
      }
    },
  );

  it("of a removal are identical, for chunks, transactions and the hint; foreign names are left alone (S-066)", async () => {
    const { sessions } = createCloakroom();
    const removals = sessions.expire([
      "__Host-coatcheck-0a1b2c3d",
      "__Host-coatcheck-0a1b2c3d.2",
      "__Host-coatcheck-tx-0a1b2c3d",
      "__Secure-coatcheck-logout",
      "theme",
      "__Host-other",
    ]);
    const gone = ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"];
    expect(removals.map((removal) => [nameOf(removal)].concat(attributesOf(removal)))).toEqual([
      ["__Host-coatcheck-0a1b2c3d", ...gone, "Path=/", "HttpOnly", "Secure", "SameSite=Strict"],
      ["__Host-coatcheck-0a1b2c3d.2", ...gone, "Path=/", "HttpOnly", "Secure", "SameSite=Strict"],
      ["__Host-coatcheck-tx-0a1b2c3d", ...gone, "Path=/", "HttpOnly", "Secure", "SameSite=Lax"],
      ["__Secure-coatcheck-logout", ...gone, "Path=/bff/logout", "HttpOnly", "Secure", "SameSite=Strict"],
    ]);
    expect(sessions.expireLogoutHint()).toEqual(sessions.expire(["__Secure-coatcheck-logout"]));
  });
});
