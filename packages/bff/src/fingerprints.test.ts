import { createWebCryptoMac } from "@coatcheck/session";
import { describe, expect, it } from "vitest";
import { createFingerprints } from "./fingerprints.ts";
import type { Fingerprints } from "./fingerprints.ts";

describe("a fingerprint", () => {
  it.each<readonly [string, (from: Fingerprints) => string | Promise<string>]>([
    ["userKey", (from) => from.userKey("https://id.example", "ada")],
    ["session", (from) => from.session("sid")],
    ["ticket", (from) => from.ticket("sid")],
    ["signIn", (from) => from.signIn("state")],
  ])("%s is made anew after a failure, and isn't lost for ever", async (_, ask) => {
    const mac = createWebCryptoMac();
    let failures = 1;
    const failOnce = () => {
      failures -= 1;
      if (failures >= 0) throw new Error("once");
    };
    const fingerprints = createFingerprints({
      ...mac,
      digest: (text) => (failOnce(), mac.digest(text)),
      sign: (key, text) => (failOnce(), mac.sign(key, text)),
    });
    await expect(ask(fingerprints)).rejects.toThrow("once");
    await expect(ask(fingerprints)).resolves.toBe(await ask(createFingerprints(mac)));
  });
});
