// @vitest-environment jsdom
import { createDrafts } from "@coatcheck/client/drafts";
import { schema as s } from "@coatcheck/contract";
import { act, cleanup, render, renderHook, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { createScriptedClient, nobody, person, type ScriptedClient } from "../suite/scripted-client.ts";
import { CoatcheckProvider } from "./coatcheck-provider.tsx";
import { SignedIn, SignedOut } from "./signed-in.tsx";
import { useDraft } from "./use-draft.ts";
import { useSignIn, useStepUp } from "./use-sign-in.ts";
import { useSignInOutcome } from "./use-sign-in-outcome.ts";
import { useUser } from "./use-user.ts";
import { useWaitingCalls } from "./use-waiting-calls.ts";

afterEach(() => {
  cleanup();
  history.replaceState(null, "", "/");
});

function within({ client }: ScriptedClient) {
  return ({ children }: { children: ReactNode }) => (
    <CoatcheckProvider client={client}>{children}</CoatcheckProvider>
  );
}

const tick = (scripted: ScriptedClient) => act(() => scripted.client.session.check());
function problem(code: string, status: number, more: object = {}) {
  return Response.json(
    { type: "about:blank", title: code, status, code, ...more },
    { status, headers: { "coatcheck-problem": code } },
  );
}

describe("useUser", () => {
  it("gives the claims of the person, and nothing where nobody is there", async () => {
    const scripted = createScriptedClient(person("ada"));
    const { result } = renderHook(() => useUser<{ email: string }>(), { wrapper: within(scripted) });
    expect(result.current).toBeUndefined();
    await tick(scripted);
    expect(result.current).toMatchObject({ sub: "ada", name: "ada" });
    scripted.session = nobody("revoked");
    await tick(scripted);
    expect(result.current).toBeUndefined();
  });

  it("has the types that its caller promises, and those that every server sends", () => {
    type User = NonNullable<ReturnType<typeof useUser<{ email: string }>>>;
    expectTypeOf<User["email"]>().toEqualTypeOf<string>();
    expectTypeOf<User["sub"]>().toEqualTypeOf<string>();
    expectTypeOf<User["other"]>().toEqualTypeOf<unknown>();
  });
});

describe("SignedIn and SignedOut", () => {
  const page = (
    <>
      <SignedIn>plain</SignedIn>
      <SignedIn keep>kept</SignedIn>
      <SignedOut>out</SignedOut>
    </>
  );
  const shown = () => document.body.textContent;

  it("show nothing before the first answer, then the one or the other", async () => {
    const scripted = createScriptedClient(person("ada"));
    render(page, { wrapper: within(scripted) });
    expect(shown()).toBe("");
    await tick(scripted);
    expect(shown()).toBe("plainkept");
    scripted.session = nobody("signed_out");
    await tick(scripted);
    expect(shown()).toBe("out");
  });

  it("keep the page of somebody who can sign in again, where they are told to", async () => {
    const scripted = createScriptedClient(person("ada"));
    render(page, { wrapper: within(scripted) });
    await tick(scripted);
    scripted.session = nobody("revoked");
    await tick(scripted);
    expect(shown()).toBe("keptout");
  });
});

describe("useSignInOutcome", () => {
  const Outcome = () => <p>{useSignInOutcome() ?? "nothing"}</p>;

  it.each([
    ["/?signin=declined", "declined"],
    ["/?signin=made-up", "nothing"],
    ["/", "nothing"],
  ])("says how a sign-in failed, and cleans the address: %s", async (path, words) => {
    history.replaceState(null, "", path);
    const scripted = createScriptedClient(nobody());
    render(<Outcome />, { wrapper: within(scripted) });
    expect(await screen.findByText(words)).toBeDefined();
    expect(location.search).toBe("");
  });

  it("says nothing where somebody is signed in: anybody can write such a link", async () => {
    history.replaceState(null, "", "/?signin=expired");
    const scripted = createScriptedClient(person("ada"));
    render(<Outcome />, { wrapper: within(scripted) });
    await tick(scripted);
    expect(screen.getByText("nothing")).toBeDefined();
  });
});

describe("useWaitingCalls, useSignIn and useStepUp", () => {
  it("show what waits, and ask for what it needs", async () => {
    const opened: string[] = [];
    const scripted = createScriptedClient(person("ada"), { keepCalls: true });
    const open = window.open;
    window.open = (url) => (opened.push(String(url)), window);
    const hooks = () => ({ waiting: useWaitingCalls(), stepUp: useStepUp(), signIn: useSignIn() });
    const { result } = renderHook(hooks, { wrapper: within(scripted) });
    await tick(scripted);
    scripted.routes["/api/notes"] = () => problem("step_up_required", 401, { maxAgeSeconds: 60 });
    const call = scripted.client.apiFetch("/api/notes", { method: "DELETE" });
    await act(async () => {
      while (scripted.client.waiting.get().length === 0) await Promise.resolve();
    });
    expect(result.current.waiting).toMatchObject([{ method: "DELETE", needs: "step_up" }]);
    void result.current.stepUp();
    void result.current.signIn({ prompt: "select_account" });
    expect(opened.map((url) => new URLSearchParams(url.split("?").slice(1).join("?")))).toMatchObject([
      new URLSearchParams({ returnTo: "/?signin-window=1", max_age: "60" }),
      new URLSearchParams({ returnTo: "/?signin-window=1", prompt: "select_account" }),
    ]);
    scripted.routes["/api/notes"] = () => new Response(null, { status: 204 });
    scripted.session = { ...person("ada"), ticket: "0418" };
    await tick(scripted);
    expect((await call).status).toBe(204);
    expect(result.current.waiting).toEqual([]);
    window.open = open;
  });
});

describe("useDraft", () => {
  it("shows what was saved until something is typed, and again once the server has it", async () => {
    const drafts = createDrafts({ person: "ada", schema: s.string });
    const { result } = renderHook(() => useDraft(drafts, "7", "saved"));
    expect(result.current).toMatchObject({ value: "saved", isDraft: false });
    act(() => result.current.change("typed"));
    expect(result.current).toMatchObject({ value: "typed", isDraft: true });
    act(() => result.current.drop());
    expect(result.current).toMatchObject({ value: "saved", isDraft: false });
  });
});
