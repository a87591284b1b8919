import { randomBytes } from "node:crypto";
import { generateCookieKey } from "@coatcheck/session";
import { afterEach, describe, expect, it } from "vitest";
import { findProblems } from "../examples/check-config.ts";
import { closeSocketsOf, type Sockets } from "../examples/close-sockets.ts";
import { startRig, type Rig } from "../fixtures/rig.ts";
import type { BffConfig } from "./config/bff-config.ts";

let rig: Rig | undefined;
afterEach(() => rig?.close());

describe("the examples", () => {
  it("check-config.ts names what is wrong, and nothing where all is well", () => {
    const config: BffConfig = {
      publicOrigin: "https://app.example",
      cookieKeys: [generateCookieKey(randomBytes)],
      provider: {
        issuer: "https://id.example",
        clientId: "app",
        clientSecret: randomBytes(16).toString("base64url"),
      },
      routes: [],
    };
    expect(findProblems(config)).toEqual([]);
    expect(findProblems({ ...config, publicOrigin: "app.example" })).toEqual([
      expect.stringMatching(/^publicOrigin: /),
    ]);
  });

  it("close-sockets.ts closes the sockets of a session that ends, and no other's", async () => {
    const closed: string[] = [];
    const socket = (name: string) => ({ close: () => void closed.push(name) });
    const sockets: Sockets = new Map([["another", new Set([socket("another's")])]]);
    rig = await startRig({ onSessionEnd: closeSocketsOf(sockets) });
    const browser = rig.browser();
    await rig.signIn(browser);
    const session = rig.log.find(({ event }) => event === "sign_in")?.session ?? "";
    sockets.set(session, new Set([socket("one"), socket("two")]));
    await browser.fetch("/bff/logout", { method: "POST", body: "{}" });
    await rig.bff.drain();
    expect(closed).toEqual(["one", "two"]);
    expect([...sockets.keys()]).toEqual(["another"]);
  });
});
