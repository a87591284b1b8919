// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { OwnSessions } from "../../examples/own-sessions.tsx";
import { createScriptedClient, person } from "../../suite/scripted-client.ts";
import { CoatcheckProvider } from "../coatcheck-provider.tsx";

afterEach(cleanup);

const HERE = {
  id: "here",
  isCurrent: true,
  ticket: "0417",
  signedInAt: 1,
  lastUsedAt: 2,
  browser: "Firefox",
  system: "Linux",
};
const THERE = { ...HERE, id: "there", isCurrent: false, browser: "Safari", system: "iOS" };

it("a person's sessions are shown, and one that is ended is gone", async () => {
  const scripted = createScriptedClient(person("ada"));
  let sessions = [HERE, THERE];
  scripted.routes["/bff/sessions"] = () => Response.json({ now: 3, sessions });
  scripted.routes["/bff/sessions/end"] = () => {
    sessions = [HERE];
    return Response.json({ now: 3, sessions });
  };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <CoatcheckProvider client={scripted.client}>
        <OwnSessions />
      </CoatcheckProvider>
    </QueryClientProvider>,
  );
  expect(await screen.findByText(/Firefox on Linux \(this browser\)/u)).toBeDefined();
  fireEvent.click(await screen.findByRole("button", { name: "Sign out" }));
  await expect.poll(() => screen.queryByText(/Safari/u)).toBeNull();
  expect(scripted.calls).toContain("/bff/sessions/end");
});
