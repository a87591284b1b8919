import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problemSchema } from "@coatcheck/contract";
import { sendRaw } from "../../fixtures/raw-request.ts";
import { startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import { createBff } from "../create-bff.ts";
import { createWebPorts } from "../create-web-ports.ts";
import { createIsPublicHost } from "./public-host.ts";

describe("a Host header", () => {
  it.each([
    ["app.example", "https://app.example"],
    ["app.example:443", "https://app.example"],
    ["APP.Example", "https://app.example"],
    ["App.Example:443", "https://app.example"],
    ["app.example:8443", "https://app.example:8443"],
    ["APP.EXAMPLE:8443", "https://app.example:8443"],
    ["localhost", "http://localhost"],
    ["localhost:80", "http://localhost"],
    ["LocalHost:3000", "http://localhost:3000"],
    ["[::1]:3000", "http://[::1]:3000"],
  ])("%j is the public one of %s (S-131)", (host, origin) => {
    expect(createIsPublicHost(origin)(host)).toBe(true);
  });

  it.each([
    [undefined, "https://app.example"],
    ["", "https://app.example"],
    [":443", "https://app.example"],
    ["app.example:80", "https://app.example"],
    ["app.example:443", "http://app.example"],
    ["app.example:0443", "https://app.example"],
    ["app.example:", "https://app.example"],
    ["app.example.", "https://app.example"],
    ["app.example:443:443", "https://app.example"],
    ["app.example, app.example", "https://app.example"],
    ["app.example@evil.example", "https://app.example"],
    ["app.example.evil.example", "https://app.example"],
    ["evil.example", "https://app.example"],
    ["app.example", "https://app.example:8443"],
    ["app.example:8443:443", "https://app.example:8443"],
    ["app.example:443", "https://app.example:8443"],
    ["localhost", "http://localhost:3000"],
    ["127.0.0.1:3000", "http://localhost:3000"],
  ])("%j isn't the public one of %s (S-131)", (host, origin) => {
    expect(createIsPublicHost(origin)(host)).toBe(false);
  });
});

describe("a request that names another host", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it("is told in development what to change, elsewhere only the log is", async () => {
    const { provider, publicOrigin: _origin, dangerouslyAllowHttp: _http, ...config } = rig.config;
    const deployed = createBff(
      {
        ...config,
        publicOrigin: "https://app.example",
        provider: { ...provider, issuer: "https://id.example" },
      },
      createWebPorts({ ledger: rig.ledger, log: (event) => void rig.log.push(event) }),
    );
    for (const [bff, words] of [
      [rig.bff, /^Only http:\/\/localhost:3000 is answered: .*changeOrigin: false/u],
      [deployed, /^$/u],
    ] as const) {
      const answer = await sendRaw(bff, {
        method: "GET",
        rawTarget: "/bff/session",
        headers: [
          ["host", "127.0.0.1:3000"],
          ["x-coatcheck", "1"],
        ],
      });
      const { detail } = problemSchema.parse(JSON.parse(await answer.text()));
      expect(detail ?? "").toMatch(words);
      expect(rig.log.at(-1)).toMatchObject({
        event: "host_refused",
        advice: expect.stringContaining("Only http"),
      });
    }
  });
});
