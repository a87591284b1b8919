import { GraphQLClient } from "graphql-request";
import ky from "ky";
import createOpenApiClient from "openapi-fetch";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createFakePage } from "../suite/fake-page.ts";
import { createScriptedBff, NOON, ORIGIN, problemResponse, signedInView } from "../suite/scripted-bff.ts";
import { createClient } from "./client.ts";

type Note = { title: string };
interface Paths {
  "/api/notes/{id}": {
    put: {
      parameters: { path: { id: string } };
      requestBody: { content: { "application/json": Note } };
      responses: { 200: { content: { "application/json": Note } } };
    };
  };
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

let ticks = 0;
const clock = () => NOON + (ticks += 1);
const note: Note = { title: "Seats" };

/** How each library writes a note through `apiFetch`, and where its request arrives. */
const LIBRARIES: Record<string, { route: string; write: (apiFetch: typeof fetch) => Promise<unknown> }> = {
  ky: {
    route: "PUT /api/notes/7",
    write: (apiFetch) => ky.put(`${ORIGIN}/api/notes/7`, { json: note, fetch: apiFetch }).json(),
  },
  "openapi-fetch": {
    route: "PUT /api/notes/7",
    write: async (apiFetch) => {
      const api = createOpenApiClient<Paths>({ baseUrl: ORIGIN, fetch: apiFetch });
      const { data } = await api.PUT("/api/notes/{id}", { params: { path: { id: "7" } }, body: note });
      return data;
    },
  },
  "graphql-request": {
    route: "POST /api/graph",
    write: async (apiFetch) => {
      const graph = new GraphQLClient(`${ORIGIN}/api/graph`, {
        fetch: apiFetch,
        headers: { "idempotency-key": "k1" },
      });
      return graph.request("mutation { rename }", note);
    },
  },
};

describe.each(Object.entries(LIBRARIES))("apiFetch under %s", (_name, { route, write }) => {
  async function signedIn() {
    const bff = createScriptedBff(() => signedInView(NOON, { now: clock() }));
    const client = createClient({
      fetch: bff.fetch,
      page: createFakePage(),
      now: clock,
      keepCalls: true,
      channelName: crypto.randomUUID(),
    });
    stops.push(client.start());
    await client.session.check();
    const bodies: unknown[] = [];
    bff.routes[route] = async (request) => {
      bodies.push(await request.json());
      return Response.json({ data: note, ...note });
    };
    return { bff, client, bodies };
  }

  it("sends the request whole, with our two headers", async () => {
    const { bff, client, bodies } = await signedIn();
    expect(await write(client.apiFetch)).toMatchObject(note);
    expect(JSON.stringify(bodies)).toContain(note.title);
    const sent = bff.requests.at(-1);
    expect(sent?.headers.get("x-coatcheck")).toBe("1");
    expect(sent?.headers.get("x-coatcheck-user")).toBe("key-of-ada");
    expect(sent?.headers.get("content-type")).toContain("application/json");
  });

  it("waits for a sign-in, then sends the same again", async () => {
    const { bff, client, bodies } = await signedIn();
    const answer = bff.routes[route];
    bff.routes[route] = () => problemResponse("no_session", { reason: "revoked" });
    bff.session = () => ({ state: "anonymous", reason: "none", now: clock() });
    const written = write(client.apiFetch);
    await vi.waitFor(() => expect(client.waiting.get()).toMatchObject([{ needs: "sign_in" }]));
    if (answer) bff.routes[route] = answer;
    bff.session = () => signedInView(NOON, { now: clock(), ticket: "0002" });
    await client.session.check();
    expect(await written).toMatchObject(note);
    expect(bodies).toHaveLength(1);
    expect(JSON.stringify(bodies)).toContain(note.title);
  });
});
