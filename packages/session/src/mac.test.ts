import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createWebCryptoMac } from "./mac.ts";

const key = new Uint8Array(randomBytes(32));
const tag = new Uint8Array(32);

afterEach(() => vi.restoreAllMocks());

describe("keyed arithmetic on WebCrypto", () => {
  it.each([
    ["sign", "importKey", (mac: ReturnType<typeof createWebCryptoMac>) => mac.sign(key, "text")],
    ["verify", "importKey", (mac: ReturnType<typeof createWebCryptoMac>) => mac.verify(key, tag, "text")],
    ["derive", "importKey", (mac: ReturnType<typeof createWebCryptoMac>) => mac.derive(key, "purpose")],
    ["digest", "digest", (mac: ReturnType<typeof createWebCryptoMac>) => mac.digest("text")],
  ] as const)("%s works again after WebCrypto failed once", async (_, step, run) => {
    const mac = createWebCryptoMac();
    vi.spyOn(crypto.subtle, step).mockRejectedValueOnce(new Error("once"));
    await expect(run(mac)).rejects.toThrow("once");
    await expect(run(mac)).resolves.toEqual(await run(createWebCryptoMac()));
  });
});
