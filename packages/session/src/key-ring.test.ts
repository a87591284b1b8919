import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyRing, type Purpose } from "./key-ring.ts";
import { createWebCryptoMac } from "./mac.ts";

const PURPOSES: readonly Purpose[] = ["session", "transaction", "logout"];
const keys = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];

describe("a key ring", () => {
  it("derives other keys for each purpose, each use and each configured key (S-058)", async () => {
    const secrets = await Promise.all(
      keys.flatMap((key) => {
        const ring = createKeyRing([key], createWebCryptoMac());
        return PURPOSES.map(async (purpose) => {
          const { sealSecret, tagKey } = await ring.sealing(purpose);
          return [sealSecret, Buffer.from(tagKey).toString("base64url")];
        });
      }),
    );
    const all = [...secrets.flat(), ...keys.map((key) => Buffer.from(key).toString("base64url"))];
    expect(new Set(all).size).toBe(keys.length * PURPOSES.length * 2 + keys.length);
  });

  it("derives once, however many ask at the same time", async () => {
    let derivations = 0;
    const mac = createWebCryptoMac();
    const ring = createKeyRing(keys, {
      ...mac,
      derive: (key, purpose) => {
        derivations += 1;
        return mac.derive(key, purpose);
      },
    });
    await Promise.all(PURPOSES.flatMap((purpose) => [ring.sealing(purpose), ring.find(purpose, "0a1b2c3d")]));
    expect(derivations).toBe(keys.length * (1 + PURPOSES.length * 2));
  });

  it.each(["sealing", "find"] as const)("derives again after a failure (%s)", async (method) => {
    const mac = createWebCryptoMac();
    let isFailing = true;
    const ring = createKeyRing(keys, {
      ...mac,
      derive: (key, purpose) => {
        if (isFailing) throw new Error("no entropy");
        return mac.derive(key, purpose);
      },
    });
    const ask = () => (method === "sealing" ? ring.sealing("session") : ring.find("session", "0a1b2c3d"));
    await expect(ask()).rejects.toThrow("no entropy");
    isFailing = false;
    await expect(ask()).resolves.toEqual(await createKeyRing(keys, mac)[method]("session", "0a1b2c3d"));
  });
});
