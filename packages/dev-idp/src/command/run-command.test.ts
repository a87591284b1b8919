import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { DevIdp } from "../create-dev-idp.ts";
import { createDevIdpControl } from "../control/control-client.ts";
import { runCommand } from "./run-command.ts";

let folder: string;
const running: DevIdp[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dev-idp-command-"));
});
afterEach(() => Promise.all(running.splice(0).map((idp) => idp.close())));
afterAll(() => rmSync(folder, { recursive: true }));

async function start(...args: string[]) {
  let printed = "";
  const idp = await runCommand(args, (text) => (printed += text));
  if (idp === undefined) throw new Error("nothing was started");
  running.push(idp);
  return { idp, printed, setup: await createDevIdpControl(idp.issuer).setup() };
}

describe("coatcheck-dev-idp", () => {
  it("serves an app on port 3000 without a flag, and prints what the app has to be told", async () => {
    const { idp, printed, setup } = await start("--port", "0");
    expect(setup.clients).toMatchObject([
      { clientId: "my-app", redirectUris: ["http://localhost:3000/bff/callback"] },
    ]);
    expect(printed).toContain(`OIDC_ISSUER=${idp.issuer}\n`);
    expect(printed).toContain("OAUTH_CLIENT_ID=my-app\n");
    expect(printed).toMatch(/OAUTH_CLIENT_SECRET=\S{32,}\n/);
    expect(printed).toContain("ada (ticket)");
  });

  it("takes app, client, people and APIs from flags", async () => {
    const users = join(folder, "users.json");
    writeFileSync(users, JSON.stringify([{ username: "mira", password: "own" }]));
    const flags = [
      "--app",
      "http://localhost:8080",
      "--client-id",
      "shop",
      "--client-secret",
      "s".repeat(40),
    ];
    const more = ["--users", users, "--resource", "https://api.example", "--access-token-seconds", "5"];
    const { printed, setup } = await start("--port", "0", ...flags, ...more);
    expect(setup).toMatchObject({
      users: [{ sub: "mira", password: "own" }],
      resources: ["https://api.example"],
      clients: [{ clientId: "shop", redirectUris: ["http://localhost:8080/bff/callback"] }],
    });
    expect(printed).toContain(`OAUTH_CLIENT_SECRET=${"s".repeat(40)}\n`);
  });

  it("writes a certificate for the app where it shall prove itself by one, and prints where it lies", async () => {
    const certificates = join(folder, "certificates");
    const { idp, printed } = await start("--port", "0", "--mutual-tls", certificates);
    expect(printed).toContain("OAUTH_CLIENT_AUTH=tls_client_auth\n");
    expect(printed).not.toContain("OAUTH_CLIENT_SECRET");
    const named = /OAUTH_CLIENT_CERTIFICATE_FILE=(\S+)/.exec(printed)?.[1] ?? "";
    expect(new X509Certificate(readFileSync(named)).subject).toBe("CN=my-app");
    const trusted = /NODE_EXTRA_CA_CERTS=(\S+)/.exec(printed)?.[1] ?? "";
    expect(readFileSync(trusted, "utf8")).toBe(idp.mutualTls?.authority.cert);
  });

  it("takes everything from a file, over which flags win", async () => {
    const config = join(folder, "dev-idp.json");
    const client = { clientId: "file", clientSecret: "s".repeat(40), appOrigin: "http://localhost:1234" };
    writeFileSync(config, JSON.stringify({ port: 1, clients: [client], users: [{ username: "kim" }] }));
    const { setup } = await start("--config", config, "--port", "0", "--client-id", "flag");
    expect(setup).toMatchObject({
      users: [{ sub: "kim" }],
      clients: [{ clientId: "flag", redirectUris: ["http://localhost:1234/bff/callback"] }],
    });
  });

  it("prints its flags when asked, and starts nothing", async () => {
    let printed = "";
    expect(await runCommand(["--help"], (text) => (printed += text))).toBeUndefined();
    expect(printed).toContain("--access-token-seconds");
  });

  it.each([
    { name: "an unknown flag", args: ["--prot", "1"], code: "usage" },
    { name: "a port that is none", args: ["--port", "http"], code: "options_invalid" },
    {
      name: "an app without a scheme",
      args: ["--port", "0", "--app", "localhost:3000"],
      code: "options_invalid",
    },
    {
      name: "a file that isn't there",
      args: ["--port", "0", "--users", "none.json"],
      code: "options_invalid",
    },
  ])("refuses $name", async ({ args, code }) => {
    await expect(runCommand(args, () => undefined)).rejects.toMatchObject({ code });
  });
});
