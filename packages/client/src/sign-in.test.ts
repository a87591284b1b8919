import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFakePage, type FakePage } from "../suite/fake-page.ts";
import { createScriptedBff, NOON, signedInView } from "../suite/scripted-bff.ts";
import { createClient } from "./client.ts";

const settle = async () => {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
};

function openTab(channelName: string, page: FakePage = createFakePage(navigator.locks)) {
  const bff = createScriptedBff({ state: "anonymous", reason: "none", now: NOON });
  return { page, bff, client: createClient({ fetch: bff.fetch, page, channelName, now: () => NOON }) };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("login", () => {
  it("comes back to where the person is", async () => {
    const { client, page } = openTab(crypto.randomUUID());
    page.goTo("/notes/7?view=wide#end");
    client.login();
    await settle();
    expect(page.left).toEqual(["/bff/login?returnTo=%2Fnotes%2F7%3Fview%3Dwide%23end"]);
    vi.runAllTimers();
  });

  it("comes back to where it is told", async () => {
    const { client, page } = openTab(crypto.randomUUID());
    client.login({ returnTo: "/counter" });
    await settle();
    expect(page.left).toEqual(["/bff/login?returnTo=%2Fcounter"]);
    vi.runAllTimers();
  });

  it("asks for another person where it is told to", async () => {
    const { client, page } = openTab(crypto.randomUUID());
    client.login({ returnTo: "/a b", prompt: "select_account" });
    await settle();
    const url = new URL(page.left[0] ?? "", "http://localhost:3000");
    expect(Object.fromEntries(url.searchParams)).toEqual({ returnTo: "/a b", prompt: "select_account" });
    vi.runAllTimers();
  });

  it("lets one tab leave at a time", async () => {
    const name = crypto.randomUUID();
    const [first, second] = [openTab(name), openTab(name)];
    first.client.login();
    second.client.login();
    await settle();
    expect([first.page.left.length, second.page.left.length]).toEqual([1, 0]);
    // The first went nowhere.
    vi.runAllTimers();
    await settle();
    expect(second.page.left).toHaveLength(1);
    vi.runAllTimers();
  });

  it("stays where it is when another tab has signed in meanwhile", async () => {
    const name = crypto.randomUUID();
    const [first, second] = [openTab(name), openTab(name)];
    first.client.login();
    second.client.login();
    await settle();
    second.bff.session = signedInView(NOON);
    await second.client.session.check();
    vi.runAllTimers();
    await settle();
    expect(second.page.left).toEqual([]);
  });

  it("lets a person who is signed in sign in as somebody else", async () => {
    const { client, page, bff } = openTab(crypto.randomUUID());
    bff.session = signedInView(NOON);
    await client.session.check();
    client.login();
    await settle();
    expect(page.left).toHaveLength(1);
    vi.runAllTimers();
  });

  it("leaves at once where there are no locks, and where they are refused", async () => {
    const without = openTab(crypto.randomUUID(), createFakePage());
    without.client.login();
    expect(without.page.left).toHaveLength(1);

    const refused = openTab(
      crypto.randomUUID(),
      createFakePage({ request: () => Promise.reject(new DOMException("no", "SecurityError")) }),
    );
    refused.client.login();
    await settle();
    expect(refused.page.left).toHaveLength(1);
  });
});
