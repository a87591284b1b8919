import { randomBytes } from "node:crypto";
import { generateCookieKey } from "@coatcheck/session";
import { describe, expect, it } from "vitest";
import type { LogEvent } from "./observe/log.ts";
import { createDispatch } from "./dispatch.ts";
import { parseBffConfig } from "./config/parse-bff-config.ts";
import type { Route } from "./route.ts";
import { createRouteTable } from "./route-table.ts";
import { indexHeaders } from "./request/header-index.ts";
import { readBody } from "./request/read-body.ts";
import type { Visit } from "./session/visit.ts";

const SECRET = "no-one-may-read-this";
const parsed = parseBffConfig({
  publicOrigin: "https://app.example",
  cookieKeys: [generateCookieKey(randomBytes)],
  provider: { issuer: "https://id.example", clientId: "x", clientSecret: "p3zQ0-vT7_client" },
  routes: [],
});
if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
const { settings } = parsed;
const HEADERS = [
  ["host", "app.example"],
  ["x-coatcheck", "1"],
  ["sec-fetch-site", "same-origin"],
] as const;

function dispatch(handle: Route["handle"], options: { guard?: Route["guard"]; close?: Visit["close"] } = {}) {
  const log: LogEvent[] = [];
  const visit: Visit = {
    session: undefined,
    ref: undefined,
    tokens: undefined,
    names: [],
    reason: "none",
    isUnknown: false,
    learn: () => undefined,
    extend: () => undefined,
    end: () => undefined,
    close:
      options.close ??
      (() => Promise.resolve({ setCookie: ["a=b; Path=/"], session: undefined, reason: "none" })),
  };
  const route: Route = { methods: ["GET"], guard: options.guard ?? "fetch", handle };
  const run = createDispatch({
    settings,
    routes: createRouteTable({ own: { "/bff/x": route }, apis: [] }),
    desk: { open: () => Promise.resolve(visit) },
    log: (event) => void log.push(event),
    nowMs: () => 0,
    newRequestId: () => "r1",
  });
  return { log, answer: run({ method: "GET", rawTarget: "/bff/x", headers: HEADERS, body: null }, {}) };
}

describe("a route that throws", () => {
  const fail = () => Promise.reject(new Error(SECRET));

  it("S-138: becomes a 500 without details, and a log line without the message", async () => {
    const { answer, log } = dispatch(fail);
    const response = await answer;
    expect([response.status, indexHeaders(response.headers).get("coatcheck-problem")]).toEqual([
      500,
      "internal",
    ]);
    const body = await readBody(response.body, indexHeaders([]), 10_000);
    expect(new TextDecoder().decode(body.kind === "read" ? body.bytes : undefined)).not.toContain(SECRET);
    expect(log).toMatchObject([{ level: "error", event: "internal_error", requestId: "r1", kind: "Error" }]);
    expect(JSON.stringify(log)).not.toContain(SECRET);
  });

  it("still closes its session: new tokens are written", async () => {
    const response = await dispatch(async (exchange) => {
      await exchange.openSession();
      return fail();
    }).answer;
    expect(response.status).toBe(500);
    expect(indexHeaders(response.headers).all("set-cookie")).toEqual(["a=b; Path=/"]);
  });

  it("shows people a page where it was a navigation", async () => {
    const response = await dispatch(fail, { guard: "navigation" }).answer;
    expect([response.status, indexHeaders(response.headers).get("content-type")]).toEqual([
      500,
      "text/html; charset=utf-8",
    ]);
  });
});

it("a session that can't be closed costs its cookie, not the answer", async () => {
  const { answer, log } = dispatch(
    async (exchange) => {
      await exchange.openSession();
      return { kind: "json", value: {} };
    },
    { close: () => Promise.reject(new Error(SECRET)) },
  );
  const response = await answer;
  expect([response.status, indexHeaders(response.headers).all("set-cookie")]).toEqual([200, []]);
  expect(log).toMatchObject([{ event: "internal_error", during: "close" }]);
});

it("S-074: a refused request opens nothing", async () => {
  let opened = 0;
  const route: Route = {
    methods: ["GET"],
    guard: "fetch",
    handle: () => Promise.reject(new Error("reached")),
  };
  const run = createDispatch({
    settings,
    routes: createRouteTable({ own: { "/bff/x": route }, apis: [] }),
    desk: { open: () => ((opened += 1), Promise.reject(new Error("opened"))) },
    log: () => undefined,
    nowMs: () => 0,
    newRequestId: () => "r1",
  });
  const response = await run(
    { method: "GET", rawTarget: "/bff/x", headers: [["host", "app.example"]], body: null },
    {},
  );
  expect([response.status, opened]).toEqual([403, 0]);
});
