import { createClient } from "@coatcheck/client";
import { MutationObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { apiMutationOptions } from "./api-mutation-options.ts";

type Note = { id: string };

let answers: (() => Response)[];
let requests: Request[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  answers = [];
  requests = [];
});
afterEach(() => {
  vi.useRealTimers();
});

const client = createClient({
  baseUrl: "http://localhost:3000",
  fetch: async (input, init) => {
    requests.push(new Request(input, init));
    return answers.shift()?.() ?? Response.json({ id: "7" });
  },
});

async function mutate(
  overrides: Partial<Parameters<typeof apiMutationOptions<{ title: string }, Note>>[0]> = {},
) {
  const options = apiMutationOptions<{ title: string }, Note>({
    client,
    method: "POST",
    path: "/api/notes",
    parse: (body) => body as Note,
    ...overrides,
  });
  const observer = new MutationObserver(new QueryClient(), options);
  const result = observer.mutate({ title: "Seats" });
  const settled = result.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await vi.runAllTimersAsync();
  return settled;
}

const keys = () => requests.map(({ headers }) => headers.get("idempotency-key"));

describe("apiMutationOptions", () => {
  it("sends the input as JSON, with an idempotency key", async () => {
    expect(await mutate()).toEqual({ value: { id: "7" } });
    const [request] = requests;
    expect(request?.method).toBe("POST");
    expect(request?.headers.get("content-type")).toBe("application/json");
    expect(await request?.json()).toEqual({ title: "Seats" });
    expect(keys()[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("tries again what passes, with the same key, and another call with another", async () => {
    answers = [() => new Response("", { status: 503 }), () => new Response("", { status: 429 })];
    expect(await mutate()).toEqual({ value: { id: "7" } });
    expect(await mutate()).toEqual({ value: { id: "7" } });
    const [first, second, third, other] = keys();
    expect([second, third]).toEqual([first, first]);
    expect(other).not.toBe(first);
  });

  it("takes a no for a no", async () => {
    answers = [() => Response.json({ error: "too long" }, { status: 422 })];
    expect(await mutate()).toMatchObject({ error: { status: 422, body: { error: "too long" } } });
    expect(requests).toHaveLength(1);
  });

  it("gives up after three more tries", async () => {
    answers = Array.from({ length: 9 }, () => () => new Response("", { status: 503 }));
    expect(await mutate()).toMatchObject({ error: { status: 503 } });
    expect(requests).toHaveLength(4);
  });

  it("goes where the input says, without a body where there is none", async () => {
    answers = [() => new Response(null, { status: 204 })];
    const parse = vi.fn<(body: unknown) => Note>(() => ({ id: "gone" }));
    await mutate({
      method: "DELETE",
      path: ({ title }) => `/api/notes/${title}`,
      body: () => undefined,
      parse,
    });
    expect(requests[0]?.url).toBe("http://localhost:3000/api/notes/Seats");
    expect(requests[0]?.headers.has("content-type")).toBe(false);
    expect(parse).toHaveBeenCalledWith(undefined);
  });

  it("is typed by its input and its parser", () => {
    const options = apiMutationOptions({
      client,
      method: "PUT",
      path: (input: { id: string }) => `/api/notes/${input.id}`,
      parse: () => 7,
    });
    expectTypeOf<NonNullable<typeof options.mutationFn>>().returns.toEqualTypeOf<Promise<number>>();
  });
});
