import { Hono } from "hono";
import { expect, test } from "vitest";
import { createSimulatedInternet } from "./simulated-internet.ts";
import type { SimulatedInternet } from "./simulated-internet.ts";

function internetWithEcho(): SimulatedInternet {
  const internet = createSimulatedInternet();
  internet.connect(
    "echo.example",
    async (request) => new Response(`${request.method} ${await request.text()}`),
  );
  return internet;
}

test("takes a request to the host that it names, function or Hono app", async () => {
  const internet = internetWithEcho();
  internet.connect(
    "hono.example:8443",
    new Hono().get("/a", (context) => context.text("hono")),
  );
  const post = { method: "POST", body: "hello" };
  expect(await (await internet.fetch("https://echo.example/x", post)).text()).toBe("POST hello");
  expect(await (await internet.fetch(new URL("https://hono.example:8443/a"))).text()).toBe("hono");
});

test("an unknown host is an error of the test, not a failing network", async () => {
  const internet = internetWithEcho();
  await expect(internet.fetch("https://unknown.example/")).rejects.toThrow("nobody connected");
  await expect(internet.fetch("https://echo.example:444/")).rejects.toThrow("nobody connected");
  internet.disconnect("echo.example");
  await expect(internet.fetch("https://echo.example/")).rejects.toThrow("nobody connected");
});

test("records what arrived, in order", async () => {
  const internet = internetWithEcho();
  internet.connect("other.example", () => new Response());
  const headers = { "x-name": "value" };
  await internet.fetch("https://echo.example/a?b=c", {
    method: "POST",
    body: new URLSearchParams({ d: "e" }),
    headers,
  });
  await internet.fetch("https://other.example/");
  expect(internet.requests.map(({ url }) => url.host)).toEqual(["echo.example", "other.example"]);
  const [request] = internet.requestsTo("echo.example");
  expect([request?.method, request?.url.search, request?.body]).toEqual(["POST", "?b=c", "d=e"]);
  expect([request?.form.get("d"), request?.headers.get("x-name")]).toEqual(["e", "value"]);
});

test.each([
  ["refused", "ECONNREFUSED"],
  ["dns", "ENOTFOUND"],
  ["certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["reset_before", "ECONNRESET"],
] as const)("%s fails as the platform's fetch does, and nothing arrives", async (kind, code) => {
  const internet = internetWithEcho();
  internet.fault("echo.example", { kind });
  await expect(internet.fetch("https://echo.example/")).rejects.toMatchObject({
    name: "TypeError",
    cause: { code },
  });
  expect(internet.requests).toEqual([]);
  internet.heal("echo.example");
  expect((await internet.fetch("https://echo.example/")).status).toBe(200);
});

test("reset_after fails although the host has processed it", async () => {
  const internet = createSimulatedInternet();
  let processed = 0;
  internet.connect("idp.example", () => {
    processed += 1;
    return new Response();
  });
  internet.fault("idp.example", { kind: "reset_after" });
  await expect(internet.fetch("https://idp.example/")).rejects.toMatchObject({
    cause: { code: "ECONNRESET" },
  });
  expect([processed, internet.requests.length]).toEqual([1, 1]);
});

test.each([
  ["hang", 0],
  ["hang_after", 1],
] as const)("%s answers nothing until the caller gives up", async (kind, arrived) => {
  const internet = internetWithEcho();
  internet.fault("echo.example", { kind });
  const controller = new AbortController();
  const hanging = internet.fetch("https://echo.example/", { signal: controller.signal });
  await expect.poll(() => internet.requests.length).toBe(arrived);
  controller.abort();
  await expect(hanging).rejects.toMatchObject({ name: "AbortError" });
});

test("delay lets a request arrive when it is let go", async () => {
  const internet = internetWithEcho();
  const gate = Promise.withResolvers<undefined>();
  internet.fault("echo.example", { kind: "delay", until: gate.promise });
  const fetching = internet.fetch("https://echo.example/", { method: "POST", body: "late" });
  expect(internet.requests).toEqual([]);
  gate.resolve(undefined);
  expect(await (await fetching).text()).toBe("POST late");
});

test("a signal that has fired lets nothing arrive", async () => {
  const internet = internetWithEcho();
  const signal = AbortSignal.abort();
  await expect(internet.fetch("https://echo.example/", { signal })).rejects.toMatchObject({
    name: "AbortError",
  });
  expect(internet.requests).toEqual([]);
});

test("follows redirects as the platform's fetch does, and hands them back where it is told to", async () => {
  const internet = internetWithEcho();
  const location = "https://echo.example/there";
  internet.connect("moved.example", (request) => {
    const status = Number(new URL(request.url).searchParams.get("status"));
    return new Response(null, { status, headers: { location } });
  });
  const post = { method: "POST", body: "secret" };
  const follow = async (status: number): Promise<string> =>
    (await internet.fetch(`https://moved.example/?status=${status}`, post)).text();
  expect([await follow(302), await follow(307), await follow(308)]).toEqual([
    "GET ",
    "POST secret",
    "POST secret",
  ]);
  const manual = await internet.fetch("https://moved.example/?status=307", { ...post, redirect: "manual" });
  expect([manual.status, manual.headers.get("location")]).toEqual([307, location]);
  const refusing = internet.fetch("https://moved.example/?status=307", { ...post, redirect: "error" });
  await expect(refusing).rejects.toThrow(TypeError);
});

test("unpacks a compressed body, as the platform's fetch does", async () => {
  const internet = createSimulatedInternet();
  internet.connect("zip.example", () => {
    const body = new Blob(["x".repeat(10_000)]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Response(body, { headers: { "content-encoding": "gzip" } });
  });
  expect(await (await internet.fetch("https://zip.example/")).text()).toBe("x".repeat(10_000));
});
