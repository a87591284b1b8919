import { afterEach, describe, expect, it, vi } from "vitest";
import { clock, closeTabs, heardBy, ines, openTab, say } from "../suite/open-tab.ts";
import { checks, createScriptedBff, NOON, problemResponse, signedInView } from "../suite/scripted-bff.ts";

afterEach(closeTabs);

describe("tabs of one browser", () => {
  it("S-099: a sign-out shows in the other tabs before they have asked anybody", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["POST /bff/logout"] = () => Response.json({ next: "/" });
    const name = crypto.randomUUID();
    const [first, second] = [await openTab(bff, name), await openTab(bff, name)];
    bff.session = () => new Promise(() => {});
    await first.client.logout();
    await vi.waitFor(() =>
      expect(second.client.session.get()).toMatchObject({ state: "anonymous", reason: "signed_out" }),
    );
    expect(second.changes).toEqual([{ before: "key-of-ada", now: undefined }]);
    expect(second.page.left).toEqual([]);
  });

  it("keep the reason when the server then says only that nobody is there", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    bff.routes["POST /bff/logout"] = () => Response.json({ next: "/" });
    const name = crypto.randomUUID();
    const [first, second] = [await openTab(bff, name), await openTab(bff, name)];
    bff.session = () => ({ state: "anonymous", reason: "none", now: clock() });
    const before = checks(bff);
    await first.client.logout();
    await vi.waitFor(() => expect(checks(bff)).toBeGreaterThan(before));
    await second.client.session.check();
    expect(second.client.session.get()).toMatchObject({ reason: "signed_out" });
  });

  it("learn of a sign-in from the tab that comes back from it", async () => {
    const bff = createScriptedBff({ state: "anonymous", reason: "none", now: NOON });
    const name = crypto.randomUUID();
    const waiting = await openTab(bff, name);
    bff.session = signedInView(clock());
    await openTab(bff, name);
    await vi.waitFor(() => expect(waiting.client.session.get().state).toBe("active"));
    expect(waiting.changes).toEqual([]);
  });

  it("learn that somebody else has signed in, and say so before they show it", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    const name = crypto.randomUUID();
    const ada = await openTab(bff, name);
    const shown: unknown[] = [];
    ada.client.onPersonChange(() => shown.push(ada.client.session.get()));
    bff.session = ines();
    await openTab(bff, name);
    await vi.waitFor(() => expect(ada.client.userKey()).toBe("key-of-ines"));
    expect(ada.changes).toEqual([{ before: "key-of-ada", now: "key-of-ines" }]);
    expect(shown).toEqual([expect.objectContaining({ userKey: "key-of-ada" })]);
  });

  it("ask nothing when another tab has the same session", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    const name = crypto.randomUUID();
    await openTab(bff, name);
    const before = checks(bff);
    await openTab(bff, name);
    // A message sent now arrives after all that were sent before it.
    await heardBy(name);
    expect(checks(bff)).toBe(before + 1);
  });

  it("share each answer: one request makes it known to all of them", async () => {
    const bff = createScriptedBff({ state: "anonymous", reason: "none", now: NOON });
    const name = crypto.randomUUID();
    const tabs = [await openTab(bff, name), await openTab(bff, name), await openTab(bff, name)];
    const before = checks(bff);
    bff.session = () => signedInView(clock());
    await tabs[0]?.client.session.check();
    await vi.waitFor(() => {
      for (const tab of tabs) expect(tab.client.session.get().state).toBe("active");
    });
    await heardBy(name);
    expect(checks(bff)).toBe(before + 1);
  });

  it("ask one at a time: ten tabs that ask at once send few requests, never two together", async () => {
    let underWay = 0;
    let most = 0;
    const bff = createScriptedBff(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay -= 1;
      return Response.json(signedInView(clock()));
    });
    const name = crypto.randomUUID();
    const tabs = await Promise.all(Array.from({ length: 10 }, () => openTab(bff, name)));
    for (const tab of tabs) expect(tab.client.session.get().state).toBe("active");
    expect(most).toBe(1);
    expect(checks(bff)).toBeLessThanOrEqual(3);
  });

  it("ask for themselves where a tab hangs with the lock", async () => {
    const bff = createScriptedBff(() => signedInView(clock()));
    const name = crypto.randomUUID();
    const hanging = Promise.withResolvers<void>();
    void navigator.locks.request(`${name}-session`, () => hanging.promise);
    const tab = await openTab(bff, name);
    expect(tab.client.session.get().state).toBe("active");
    hanging.resolve();
  });

  it("show the same coat and deadlines once one of them has been told", async () => {
    const bff = createScriptedBff(() => signedInView(NOON, { now: clock() }));
    const name = crypto.randomUUID();
    const [first, second] = [await openTab(bff, name), await openTab(bff, name)];
    const before = checks(bff);
    bff.routes["POST /bff/refresh"] = () =>
      Response.json(signedInView(NOON, { now: clock(), generation: 7, accessTokenExpiresAt: NOON + 77 }));
    await first.client.refresh();
    await vi.waitFor(() =>
      expect(second.client.session.get()).toMatchObject({
        generation: 7,
        accessTokenExpiresAt: NOON + 77,
      }),
    );
    expect(checks(bff)).toBe(before);
  });

  it("keep the reason that the first refused call was given, in all of them", async () => {
    const bff = createScriptedBff(() => signedInView(NOON, { now: clock() }));
    const name = crypto.randomUUID();
    const [first, second] = [await openTab(bff, name), await openTab(bff, name)];
    bff.routes["PUT /api/notes/7"] = () => {
      // The answer removes the cookie: whoever asks from now on learns nothing.
      bff.session = () => ({ state: "anonymous", reason: "none", now: clock() });
      return problemResponse("no_session", { reason: "revoked" });
    };
    const checking = second.client.session.check();
    await expect(first.client.apiFetch("/api/notes/7", { method: "PUT" })).rejects.toMatchObject({
      reason: "revoked",
    });
    await checking;
    await Promise.all([first.client.session.check(), second.client.session.check()]);
    for (const { client, changes } of [first, second]) {
      expect(client.session.get()).toMatchObject({ state: "anonymous", reason: "revoked" });
      expect(client.userKey()).toBe("key-of-ada");
      expect(changes).toEqual([]);
    }
  });

  it("stay signed in when a call with the session before is refused in one of them as another one signs in anew", async () => {
    const bff = createScriptedBff(() => signedInView(NOON, { now: clock() }));
    const name = crypto.randomUUID();
    const before = await openTab(bff, name);
    const [refusal, answer] = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()];
    bff.routes["GET /api/a"] = () => refusal.promise;
    const refused = before.client.apiFetch("/api/a").catch(() => undefined);
    bff.session = () => answer.promise;
    const asked = checks(bff);
    const opening = openTab(bff, name);
    await vi.waitFor(() => expect(checks(bff)).toBe(asked + 1));
    // The server has spoken of the new session before the tab hears that the old one is over.
    const anew = Response.json(signedInView(clock(), { ticket: "9999" }));
    refusal.resolve(problemResponse("no_session", { reason: "signed_out" }));
    await refused;
    await heardBy(name);
    bff.session = () => signedInView(clock(), { ticket: "9999" });
    answer.resolve(anew);
    const after = await opening;
    for (const { client } of [after, before]) {
      await vi.waitFor(() => expect(client.session.get()).toMatchObject({ state: "active", ticket: "9999" }));
    }
  });

  it.each([undefined, null, 7, "", "hello", { kind: "answer", view: { state: "asleep" } }])(
    "ignore a message that is %j",
    async (message) => {
      const bff = createScriptedBff(signedInView(NOON));
      const name = crypto.randomUUID();
      const tab = await openTab(bff, name);
      say(name, message, { kind: "signed_out", at: clock() });
      bff.session = () => new Promise(() => {});
      await vi.waitFor(() => expect(tab.client.session.get().state).toBe("anonymous"));
      expect(checks(bff)).toBe(2);
    },
  );
});
