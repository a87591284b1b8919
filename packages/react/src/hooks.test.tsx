// @vitest-environment jsdom
import type { CoatcheckClient, SessionState } from "@coatcheck/client";
import { QueryClient } from "@tanstack/react-query";
import { act, cleanup, render, renderHook, screen } from "@testing-library/react";
import { StrictMode, type ReactNode } from "react";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { createScriptedClient, nobody, person } from "../suite/scripted-client.ts";
import { CoatcheckProvider } from "./coatcheck-provider.tsx";
import { useClearOnPersonChange } from "./use-clear-on-person-change.ts";
import { useClient } from "./use-client.ts";
import { useLogin } from "./use-login.ts";
import { useLogout } from "./use-logout.ts";
import { useSession } from "./use-session.ts";

afterEach(cleanup);

function within(client: CoatcheckClient, queryClient?: QueryClient) {
  return ({ children }: { children: ReactNode }) => (
    <CoatcheckProvider client={client} {...(queryClient && { queryClient })}>
      {children}
    </CoatcheckProvider>
  );
}

function Name() {
  const session = useSession();
  return <p>{session.state === "active" ? session.user.name : session.state}</p>;
}

describe("useSession", () => {
  it("renders loading, then the person", async () => {
    const { client } = createScriptedClient(person("ada"));
    render(<Name />, { wrapper: within(client) });
    expect(screen.getByText("loading")).toBeDefined();
    expect(await screen.findByText("ada")).toBeDefined();
  });

  it("renders again when the session changes", async () => {
    const scripted = createScriptedClient(person("ada"));
    render(<Name />, { wrapper: within(scripted.client) });
    await screen.findByText("ada");
    scripted.session = nobody();
    await act(() => scripted.client.session.check());
    expect(screen.getByText("anonymous")).toBeDefined();
  });

  it("has the client's states", () => {
    expectTypeOf(useSession).returns.toEqualTypeOf<SessionState>();
  });
});

describe("CoatcheckProvider", () => {
  it("listens while it is mounted, also in strict mode", async () => {
    const scripted = createScriptedClient(person("ada"));
    const { unmount } = render(
      <StrictMode>
        <CoatcheckProvider client={scripted.client}>
          <Name />
        </CoatcheckProvider>
      </StrictMode>,
    );
    await screen.findByText("ada");
    const online = () => act(async () => void window.dispatchEvent(new Event("online")));
    const before = scripted.calls.length;
    await online();
    expect(scripted.calls.length).toBe(before + 1);
    unmount();
    await online();
    expect(scripted.calls.length).toBe(before + 1);
  });

  it.each(["by the provider", "by the hook"])("drops what was cached for somebody else: %s", async (how) => {
    const scripted = createScriptedClient(person("ada"));
    const queryClient = new QueryClient();
    const Clear = () => {
      useClearOnPersonChange(queryClient);
      return null;
    };
    const children = how === "by the hook" ? <Clear /> : null;
    render(<Name />, {
      wrapper: ({ children: name }) =>
        within(
          scripted.client,
          children ? undefined : queryClient,
        )({
          children: [<div key="name">{name}</div>, <div key="clear">{children}</div>],
        }),
    });
    await screen.findByText("ada");
    queryClient.setQueryData(["notes"], ["of ada"]);
    await act(() => scripted.client.session.check());
    expect(queryClient.getQueryData(["notes"])).toEqual(["of ada"]);
    scripted.session = person("ines");
    await act(() => scripted.client.session.check());
    expect(screen.getByText("ines")).toBeDefined();
    expect(queryClient.getQueryData(["notes"])).toBeUndefined();
  });
});

describe("useClient", () => {
  it("gives the client of the page", () => {
    const { client } = createScriptedClient(nobody());
    expect(renderHook(useClient, { wrapper: within(client) }).result.current).toBe(client);
  });

  it("says what is missing above it", () => {
    expect(() => renderHook(useClient)).toThrow(/CoatcheckProvider/);
  });
});

describe("useLogin and useLogout", () => {
  it("leave for the sign-in page", async () => {
    const { client, left } = createScriptedClient(nobody());
    const { result } = renderHook(useLogin, { wrapper: within(client) });
    await act(async () => result.current({ returnTo: "/counter" }));
    expect(left).toEqual(["/bff/login?returnTo=%2Fcounter"]);
  });

  it("sign out, then leave", async () => {
    const { client, left, routes } = createScriptedClient(person("ada"));
    routes["/bff/logout"] = () => Response.json({ next: "/" });
    const { result } = renderHook(useLogout, { wrapper: within(client) });
    await act(() => result.current());
    expect(left).toEqual(["/"]);
    expect(client.session.get()).toMatchObject({ reason: "signed_out" });
  });
});
