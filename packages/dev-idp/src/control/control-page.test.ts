import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { request } from "node:http";
import { startTestParty, type TestParty } from "../relying-party.fixture.ts";
import { PERSON_SWITCHES } from "./person-switches.ts";

let party: TestParty;
beforeAll(async () => {
  party = await startTestParty();
});
afterEach(() => party.control.reset());
afterAll(() => party.idp.close());

interface Sent {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly body: string;
}

/** `fetch` lets nobody choose these headers. */
function send(method: string, headers: Record<string, string>, body = ""): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${party.idp.issuer}/`, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode, location: response.headers.location, body: text }),
      );
    });
    outgoing.on("error", reject).end(body);
  });
}

function flip(name: string, user: string, headers: Record<string, string> = {}): Promise<Sent> {
  const form = new URLSearchParams({ switch: name, user }).toString();
  return send(
    "POST",
    { origin: party.idp.issuer, "content-type": "application/x-www-form-urlencoded", ...headers },
    form,
  );
}

async function refreshStatus(refreshToken: string): Promise<number> {
  const answer = await party.post("/token", { grant_type: "refresh_token", refresh_token: refreshToken });
  return answer.status;
}

describe("the page of switches", () => {
  it("shows everybody with their password, and what goes wrong for them", async () => {
    await party.control.addFault({ kind: "delay", ms: 1, user: "ines" });
    await party.control.addFault({ kind: "delay", ms: 1 });
    const { status, body } = await send("GET", {});
    expect(status).toBe(200);
    for (const { username, password } of party.idp.users()) {
      expect(body).toContain(username);
      expect(body).toContain(password);
    }
    expect(body).toContain("delay at token");
    expect(body).toContain("For everybody");
  });

  it.each(PERSON_SWITCHES)("takes the switch $name", async ({ name }) => {
    expect(await flip(name, "ada")).toMatchObject({ status: 303, location: "/#ada" });
  });

  it("breaks the provider for one person, and mends it, and leaves others alone", async () => {
    const [ada, ines] = [await party.signIn("ada"), await party.signIn("ines")];
    await party.control.addFault({ kind: "unavailable", user: "ines" });
    await flip("down", "ada");
    expect(await refreshStatus(ada.refreshToken)).toBe(503);
    await flip("clear", "ada");
    expect(await refreshStatus(ada.refreshToken)).toBe(200);
    expect(await refreshStatus(ines.refreshToken)).toBe(503);
  });

  it("revokes one person's refresh tokens", async () => {
    const [ada, ines] = [await party.signIn("ada"), await party.signIn("ines")];
    await flip("revoke", "ada");
    expect(await refreshStatus(ada.refreshToken)).toBe(400);
    expect(await refreshStatus(ines.refreshToken)).toBe(200);
  });

  it.each([
    { name: "another origin", headers: { origin: "http://localhost:3000" } },
    { name: "no origin worth the name", headers: { origin: "null" } },
    { name: "a rebound host name", headers: { host: "evil.example", origin: "http://evil.example" } },
  ])("refuses a form that was sent from $name", async ({ headers }) => {
    expect(await flip("down", "ada", headers)).toMatchObject({ status: 403 });
    expect(await party.control.faults()).toEqual([]);
  });

  it.each([
    ["explode", "ada"],
    ["down", "bob"],
    ["", ""],
  ])("answers 400 to the switch %j for %j", async (name, user) => {
    expect(await flip(name, user)).toMatchObject({ status: 400 });
  });
});
