import * as client from "openid-client";
import { describe, expect, it } from "vitest";
import { CALLBACK, startTestParty } from "./relying-party.fixture.ts";
import { generateSigningKeys } from "./signing-keys.ts";
import { createDevIdp } from "./create-dev-idp.ts";

const clients = [{ clientId: "a", clientSecret: "b".repeat(32), redirectUris: [CALLBACK] }];

describe("the development provider", () => {
  it("refuses to start where NODE_ENV became production after it was loaded", async () => {
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      await expect(createDevIdp({ clients })).rejects.toMatchObject({ code: "refuses_production" });
    } finally {
      process.env["NODE_ENV"] = before;
    }
  });

  it("listens on loopback only, unless told loudly", async () => {
    await expect(createDevIdp({ clients, host: "0.0.0.0" })).rejects.toMatchObject({
      code: "host_not_loopback",
    });
  });

  it.each([
    { name: "no client", options: { clients: [] } },
    {
      name: "a client without redirect URI",
      options: { clients: [{ clientId: "a", clientSecret: "b", redirectUris: [] }] },
    },
    { name: "tokens that live no time", options: { clients, accessTokenSeconds: 0 } },
    { name: "a relative resource", options: { clients, resources: [{ indicator: "notes", scopes: [] }] } },
  ])("refuses $name", async ({ options }) => {
    await expect(createDevIdp(options)).rejects.toMatchObject({ code: "options_invalid" });
  });

  it("says that a port is taken", async () => {
    const first = await createDevIdp({ clients });
    await expect(createDevIdp({ clients, port: first.port })).rejects.toMatchObject({ code: "port_taken" });
    await first.close();
  });

  it("keeps its keys over a restart when it is given them", async () => {
    const signingKeys = await generateSigningKeys();
    const keyIds = [];
    for (let start = 0; start < 2; start += 1) {
      const idp = await createDevIdp({ clients, signingKeys });
      const { keys } = (await (await fetch(`${idp.issuer}/jwks`)).json()) as {
        keys: { kid: string; d?: string }[];
      };
      expect(keys[0]?.d).toBeUndefined();
      keyIds.push(keys[0]?.kid);
      await idp.close();
    }
    expect(keyIds[0]).toBe(keyIds[1]);
    expect(keyIds[0]).toBe(signingKeys.keys[0]?.kid);
  });

  it("closes at once, even while it holds a request", async () => {
    const party = await startTestParty();
    const { refreshToken } = await party.signIn();
    await party.control.addFault({ kind: "hold" });
    const pending = client.refreshTokenGrant(party.config, refreshToken);
    await party.control.waitUntilHeld();
    const [outcome] = await Promise.allSettled([pending, party.idp.close()]);
    expect(outcome.status).toBe("rejected");
  });
});
