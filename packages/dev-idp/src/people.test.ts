import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevIdp } from "./create-dev-idp.ts";
import { readDevIdpOptions } from "./options/options-file.ts";
import { startTestParty } from "./relying-party.fixture.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dev-idp-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const clients = [{ clientId: "a", clientSecret: "b".repeat(32), appOrigin: "http://localhost:3000" }];

describe("people", () => {
  it("come from a file, with claims of their own in the ID token and in UserInfo", async () => {
    const users = file("users.json", [
      { username: "mira", claims: { name: "Mira", roles: ["admin"], tenant: { id: 7 } } },
      { username: "jo", password: "other", sub: "0815" },
    ]);
    const party = await startTestParty({ users });
    const { tokens } = await party.signIn("mira");
    expect(tokens.claims()).toMatchObject({ sub: "mira", roles: ["admin"], tenant: { id: 7 } });
    const answer = await fetch(`${party.idp.issuer}/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await answer.json()).toMatchObject({ sub: "mira", name: "Mira", tenant: { id: 7 } });
    expect(party.idp.users()[1]).toMatchObject({ sub: "0815", password: "other", claims: { name: "jo" } });
    await party.idp.close();
  });

  it("can be added while the server runs, and sign in", async () => {
    const party = await startTestParty();
    const added = await party.control.putUser({ username: "worker-3", claims: { email: "w@example.org" } });
    expect(added).toMatchObject({ sub: "worker-3", password: "ticket" });
    const { tokens } = await party.signIn("worker-3");
    expect(tokens.claims()).toMatchObject({ sub: "worker-3", email: "w@example.org" });
    expect((await party.control.setup()).users.map(({ sub }) => sub)).toEqual(["ada", "ines", "worker-3"]);
    await party.idp.close();
  });

  it("can be added with standard claims that nobody had at the start", async () => {
    const party = await startTestParty({ users: [{ username: "ada" }] });
    await party.control.putUser({ username: "worker-3", claims: { email: "w@example.org", locale: "sv" } });
    const { tokens } = await party.signIn("worker-3");
    expect(tokens.claims()).toMatchObject({ sub: "worker-3", email: "w@example.org", locale: "sv" });
    await party.idp.close();
  });

  it.each([
    {
      name: "a claim that nobody had at the start",
      user: { username: "x", claims: { tenant: 1 } },
      word: "tenant",
    },
    { name: "somebody else's name", user: { username: "ADA", sub: "other" }, word: "taken" },
    { name: "no name", user: { username: "" }, word: "username" },
    { name: "a field that isn't one", user: { username: "x", name: "X" }, word: "name" },
  ])("can't be added with $name, and the answer says so", async ({ user, word }) => {
    const party = await startTestParty();
    const adding = party.control.putUser(user);
    await expect(adding).rejects.toMatchObject({ code: "control_refused" });
    await expect(adding).rejects.toThrow(word);
    await party.idp.close();
  });

  it.each([
    { name: "the same sub twice", users: [{ username: "a" }, { username: "b", sub: "a" }], word: "sub" },
    {
      name: "the same name twice",
      users: [{ username: "a" }, { username: "a", sub: "b" }],
      word: "username",
    },
    { name: "no list", users: { username: "a" }, word: "users" },
    { name: "a misspelt field", users: [{ username: "a", pasword: "x" }], word: "pasword" },
  ])("are refused from a file with $name, and the error says what is wrong", async ({ users, word }) => {
    const creating = createDevIdp({ clients, users: file("bad.json", users) });
    await expect(creating).rejects.toMatchObject({ code: "options_invalid" });
    await expect(creating).rejects.toThrow(word);
  });

  it.each([
    { name: "isn't there", path: () => join(folder, "none.json"), word: "none.json" },
    { name: "isn't JSON", path: () => file("broken.json", "[{"), word: "broken.json" },
  ])("are refused from a file that $name, and the error names it", async ({ path, word }) => {
    await expect(createDevIdp({ clients, users: path() })).rejects.toThrow(word);
  });
});

describe("a file of options", () => {
  it("makes a server, with the people of another file beside it", async () => {
    file("people.json", [{ username: "kim" }]);
    const path = file("dev-idp.json", {
      clients,
      users: "people.json",
      accessTokenSeconds: 7,
      resources: [],
    });
    const idp = await createDevIdp(readDevIdpOptions(path));
    expect(idp.users()).toMatchObject([{ sub: "kim" }]);
    await idp.close();
  });

  it("is refused with an option that isn't one", async () => {
    const path = file("misspelt.json", { clients, acessTokenSeconds: 7 });
    await expect(createDevIdp(readDevIdpOptions(path))).rejects.toThrow("acessTokenSeconds");
  });

  it("is refused where it is a list", () => {
    expect(() => readDevIdpOptions(file("list.json", []))).toThrow("object");
  });
});

describe("a client's appOrigin", () => {
  it("stands for the addresses of a Coatcheck app there", async () => {
    const idp = await createDevIdp({ clients });
    const answer = await fetch(`${idp.issuer}/control/setup`);
    expect(await answer.json()).toMatchObject({
      clients: [
        {
          clientId: "a",
          redirectUris: ["http://localhost:3000/bff/callback"],
          backchannelLogoutUri: "http://localhost:3000/bff/backchannel-logout",
        },
      ],
    });
    await idp.close();
  });

  it.each(["localhost:3000", "http://localhost:3000/", "http://localhost:3000/app"])(
    "is refused as %j",
    async (appOrigin) => {
      const creating = createDevIdp({ clients: [{ clientId: "a", clientSecret: "b", appOrigin }] });
      await expect(creating).rejects.toMatchObject({ code: "options_invalid" });
    },
  );
});
