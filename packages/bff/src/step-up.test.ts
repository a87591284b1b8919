import { problemSchema } from "@coatcheck/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

it("S-118: an API that wants a stronger sign-in becomes a 401 that says which, and keeps the session", async () => {
  const browser = rig.browser();
  await rig.signIn(browser);
  rig.api.answer((_, response) => {
    const challenge =
      'Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300"';
    response.writeHead(401, { "www-authenticate": challenge }).end("details of the API");
  });
  const answer = await browser.fetch("/api/plain/1");
  expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([401, "step_up_required"]);
  const problem = problemSchema.parse(await answer.json());
  expect(problem).toMatchObject({ code: "step_up_required", acrValues: "gold silver", maxAgeSeconds: 300 });
  expect(JSON.stringify(problem)).not.toContain("details");
  expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "active" });
  expect(rig.idp.counters().refreshes).toBe(0);
});

it.each([
  [403, 'Bearer error="insufficient_user_authentication", acr_values="gold"'],
  [401, 'Bearer error="insufficient_scope", acr_values="gold"'],
  [401, 'Basic error="insufficient_user_authentication"'],
])(
  "S-118: an API's %i with the challenge %s is its own answer and begins no sign-in",
  async (status, challenge) => {
    const browser = rig.browser();
    await rig.signIn(browser);
    rig.api.answer((_, response) => {
      response.writeHead(status, { "www-authenticate": challenge }).end("the API's own words");
    });
    const answer = await browser.fetch("/api/plain/1");
    expect([answer.status, answer.headers.get("coatcheck-problem"), await answer.text()]).toEqual([
      status,
      null,
      "the API's own words",
    ]);
  },
);

it("S-118 S-009: the sign-in asks for exactly that, and for nothing that isn't one", async () => {
  const asked = async (query: string) => {
    const begun = await rig.browser().navigate(`/bff/login?${query}`);
    return new URL(begun.headers.get("location") ?? "").searchParams;
  };
  const stepUp = await asked("acr_values=gold%20silver&max_age=300&prompt=login");
  expect([stepUp.get("acr_values"), stepUp.get("max_age"), stepUp.get("prompt")]).toEqual([
    "gold silver",
    "300",
    "login",
  ]);
  for (const query of [
    "acr_values=%22&max_age=-1&prompt=approve",
    "acr_values=a%0d%0ab&max_age=1e9&prompt=consent",
    "max_age=1&max_age=2&prompt=login&prompt=login",
  ]) {
    const sent = await asked(query);
    expect([query, sent.get("acr_values"), sent.get("max_age"), sent.get("prompt")]).toEqual([
      query,
      null,
      null,
      null,
    ]);
  }
});
