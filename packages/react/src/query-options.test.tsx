// @vitest-environment jsdom
import { CoatcheckError } from "@coatcheck/client";
import type { Profile, TokenFacts } from "@coatcheck/contract";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { createScriptedClient, person, type ScriptedClient } from "../suite/scripted-client.ts";
import { ApiError } from "./api-error.ts";
import { apiQueryOptions } from "./api-query-options.ts";
import { CoatcheckProvider } from "./coatcheck-provider.tsx";
import { personQueryKey } from "./person-query-key.ts";
import { profileQueryOptions } from "./profile-query-options.ts";
import { tokenFactsQueryOptions } from "./token-facts-query-options.ts";
import { useClient } from "./use-client.ts";
import { useSession } from "./use-session.ts";

let scripted: ScriptedClient;
let queryClient: QueryClient;

beforeEach(async () => {
  scripted = createScriptedClient(person("ada"));
  await scripted.client.session.check();
  queryClient = new QueryClient();
});
afterEach(cleanup);

function notes() {
  return apiQueryOptions({
    client: scripted.client,
    queryKey: ["notes", 1],
    path: "/api/notes?page=1",
    parse: (body) => body as string[],
  });
}

describe("query options", () => {
  it("read the profile", async () => {
    scripted.routes["/bff/userinfo"] = () => Response.json({ sub: "ada" });
    const profile = await queryClient.fetchQuery(profileQueryOptions(scripted.client));
    expectTypeOf(profile).toEqualTypeOf<Profile>();
    expect(profile).toEqual({ sub: "ada" });
  });

  it("read facts about a token, apart for each resource", async () => {
    const facts = { active: true, method: "jwt", resource: "", scopes: [], audience: [] };
    scripted.routes["/bff/validate"] = () => Response.json(facts);
    const own = tokenFactsQueryOptions(scripted.client);
    expectTypeOf(await queryClient.fetchQuery(own)).toEqualTypeOf<TokenFacts>();
    expect(queryClient.getQueryData(own.queryKey)).toEqual(facts);
    expect(queryClient.getQueryData(tokenFactsQueryOptions(scripted.client, "r").queryKey)).toBeUndefined();
  });

  it("read an API", async () => {
    scripted.routes["/api/notes"] = () => Response.json(["a"]);
    const answer = await queryClient.fetchQuery(notes());
    expectTypeOf(answer).toEqualTypeOf<string[]>();
    expect(answer).toEqual(["a"]);
    expect(scripted.calls).toContain("/api/notes?page=1");
  });

  it.each([
    ['{"error":"insufficient_scope"}', { error: "insufficient_scope" }],
    ["Forbidden", "Forbidden"],
    ["", ""],
  ])("throw an API's own refusal with its body: %s", async (body, expected) => {
    scripted.routes["/api/notes"] = () =>
      new Response(body, { status: 403, headers: { "retry-after": "4" } });
    const error: unknown = await queryClient.fetchQuery(notes()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 403, body: expected, retryAfterSeconds: 4 });
  });

  it("keep one person's answers from the next", async () => {
    scripted.routes["/api/notes"] = () => Response.json(["of ada"]);
    await queryClient.fetchQuery(notes());
    scripted.session = person("ines");
    await scripted.client.session.check();
    expect(queryClient.getQueryData(notes().queryKey)).toBeUndefined();
    expect(personQueryKey(scripted.client, "notes")).toEqual(["coatcheck", "key-of-ines", "notes"]);
  });

  it("don't store under one person's key what arrived when the page belonged to the next", async () => {
    const answer = Promise.withResolvers<Response>();
    scripted.routes["/api/notes"] = () => answer.promise;
    const options = notes();
    const query = queryClient.fetchQuery(options).catch((reason: unknown) => reason);
    scripted.session = person("ines");
    await scripted.client.session.check();
    answer.resolve(Response.json(["of ines"]));
    expect(await query).toBeInstanceOf(CoatcheckError);
    expect(await query).toMatchObject({ code: "user_changed" });
    expect(queryClient.getQueryData(options.queryKey)).toBeUndefined();
  });

  it("abort the call when nobody waits for it any more", async () => {
    let aborted = false;
    scripted.client.apiFetch = (_input, init) => {
      init?.signal?.addEventListener("abort", () => (aborted = true));
      return new Promise(() => {});
    };
    void queryClient.fetchQuery(notes()).catch(() => undefined);
    await queryClient.cancelQueries();
    expect(aborted).toBe(true);
  });

  it("show the next person theirs, in a page that stays", async () => {
    const Notes = () => {
      const client = useClient();
      useSession();
      const { data } = useQuery(
        apiQueryOptions({
          client,
          queryKey: ["notes"],
          path: "/api/notes",
          parse: (body) => body as string[],
        }),
      );
      return <p>{data?.join() ?? "waiting"}</p>;
    };
    scripted.routes["/api/notes"] = () => Response.json([`of ${scripted.client.userKey()}`]);
    render(
      <QueryClientProvider client={queryClient}>
        <CoatcheckProvider client={scripted.client} queryClient={queryClient}>
          <Notes />
        </CoatcheckProvider>
      </QueryClientProvider>,
    );
    await screen.findByText("of key-of-ada");
    scripted.session = person("ines");
    await act(() => scripted.client.session.check());
    expect(await screen.findByText("of key-of-ines")).toBeDefined();
  });
});
