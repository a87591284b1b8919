import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDevIdpControl } from "./control/control-client.ts";
import { createDevIdp } from "./create-dev-idp.ts";
import { runCommand } from "./command/run-command.ts";
import { breakEverything } from "../examples/break-everything.ts";
import { idp } from "../examples/three-lines.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("the README", () => {
  it("starts a provider in three lines, breaks it for one person, and leaves it whole", async () => {
    await breakEverything(idp.issuer);
    const control = createDevIdpControl(idp.issuer);
    expect(await control.faults()).toEqual([]);
    expect(idp.users()).toMatchObject([{ username: "ada", password: "ticket" }]);
    await idp.close();
  });

  it("shows people that a server takes", async () => {
    const json = /```json\n(.*?)```/s.exec(readme)?.[1] ?? "";
    const users = JSON.parse(json) as readonly { username: string }[];
    const client = { clientId: "a", clientSecret: "b", appOrigin: "http://localhost:3000" };
    const server = await createDevIdp({ clients: [client], users });
    expect(server.users()).toHaveLength(users.length);
    await server.close();
  });

  it("lists exactly the flags of the command", async () => {
    let usage = "";
    await runCommand(["--help"], (text) => (usage += text));
    const flags = (text: string): string[] => [...text.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag);
    const table = readme.split("\n").filter((line) => line.startsWith("| `--"));
    expect(new Set(flags(table.join("\n")))).toEqual(new Set(flags(usage)));
  });
});
