import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServerConfig } from "../environment/config-file.ts";
import { startServer, type StartServerOptions } from "./start-server.ts";

let folder: string;
let occupied: ListeningServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-server-"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Coats</title>");
  occupied = await listenOnLoopback(createServer((_, response) => response.end("open")));
});
afterEach(async () => {
  await occupied.close();
  await rm(folder, { recursive: true });
});

function config(server: ServerConfig["server"]): ServerConfig {
  return {
    publicOrigin: "http://localhost:3000",
    cookieKeys: [randomBytes(32).toString("base64url")],
    provider: {
      issuer: "http://127.0.0.1:9",
      clientId: "app",
      clientSecret: randomBytes(16).toString("base64url"),
    },
    routes: [],
    dangerouslyAllowHttp: "loopback",
    server: { instances: 1, webRoot: folder, ledgerFile: join(folder, "ledger.sqlite"), ...server },
  };
}

describe("a server within a process of one's own", () => {
  it("serves an application under its path, and nothing beside it", async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const started = await startServer(
      { ...config({ port }), publicOrigin: origin, basePath: "/notes" },
      { log: () => undefined },
    );
    const answers = await Promise.all(
      ["/notes/", "/notes/bff/session", "/bff/session", "/"].map((path) =>
        fetch(origin + path, { headers: { accept: "text/html", "x-coatcheck": "1" } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404]);
    expect(await answers[1]?.json()).toMatchObject({ state: "anonymous" });
    await started.close();
  });

  it("serves the page, the BFF and the metrics until it is closed", async () => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const server = await startServer(config({ port, metricsPort }), { log: () => undefined });
    const paths = [`${port}/`, `${port}/healthz`, `${metricsPort}/metrics`];
    const answers = await Promise.all(
      paths.map((path) => fetch(`http://127.0.0.1:${path}`, { headers: { accept: "text/html" } })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await Promise.all(answers.map((answer) => answer.text()));
    await server.close();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow(TypeError);
    await expect(fetch(`http://127.0.0.1:${metricsPort}/metrics`)).rejects.toThrow(TypeError);
  });

  it("keeps nothing open where it can't start", async () => {
    const metricsPort = await freePort();
    const start = startServer(config({ port: occupied.port, metricsPort }), { log: () => undefined });
    await expect(start).rejects.toMatchObject({ code: "port_taken" });
    // SQLite takes its journal away with the last connection.
    expect((await readdir(folder)).toSorted()).toEqual(["index.html", "ledger.sqlite"]);
    await expect(fetch(`http://127.0.0.1:${metricsPort}/metrics`)).rejects.toThrow(TypeError);
  });

  it("writes lines in the form that its configuration says", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const port = await freePort();
    await (await startServer(config({ port, logFormat: "pretty" }))).close();
    await (await startServer(config({ port, logFormat: "json" }))).close();
    const lines = write.mock.calls.map(([line]) => String(line)).filter((line) => line.includes("stopped"));
    write.mockRestore();
    expect(lines).toEqual([expect.stringMatching(/ info {2}stopped /u), expect.stringMatching(/^\{"time"/u)]);
  });

  it("says so where traces are asked for and nobody takes them, and draws them where somebody does", async () => {
    const spans = new InMemorySpanExporter();
    const log = vi.fn<NonNullable<StartServerOptions["log"]>>();
    async function answerHealth(settings: ServerConfig["server"] = {}): Promise<void> {
      const port = await freePort();
      const of = config({ port, telemetry: "opentelemetry", ...settings });
      const server = await startServer(of, { log });
      const headers = { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` };
      expect((await fetch(`http://127.0.0.1:${port}/healthz`, { headers })).status).toBe(200);
      await server.close();
    }
    const advice = { event: "telemetry_not_registered", advice: expect.stringContaining("NODE_OPTIONS") };
    await answerHealth();
    expect(log).toHaveBeenCalledWith(expect.objectContaining(advice));
    log.mockClear();
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
    );
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const drawn = (): readonly string[] => spans.getFinishedSpans().map(({ name }) => name);
    try {
      await answerHealth();
      expect(drawn()).toContain("GET /healthz");
      spans.reset();
      await answerHealth({ telemetryTraceOneIn: 1_000_000 });
      expect(drawn()).toContain("GET /healthz");
      spans.reset();
      await answerHealth({ telemetryTraceOneIn: 1_000_000, telemetryContinueTraces: false });
      expect(drawn()).not.toContain("GET /healthz");
    } finally {
      trace.disable();
      context.disable();
    }
    expect(log).not.toHaveBeenCalledWith(expect.objectContaining(advice));
  });

  it("stops calling an API that nobody answers for, as the environment says, and counts it", async () => {
    const [port, metricsPort, nobody] = [await freePort(), await freePort(), await freePort()];
    const upstream = `http://127.0.0.1:${nobody}`;
    const log = vi.fn<NonNullable<StartServerOptions["log"]>>();
    const server = await startServer(
      {
        ...config({ port, metricsPort }),
        publicOrigin: `http://localhost:${port}`,
        routes: [{ prefix: "/api/away", upstream, tokenKind: "none" }],
      },
      { log, environment: { UPSTREAM_CIRCUIT_FAILURES: "2", UPSTREAM_CIRCUIT_RETRY_SECONDS: "9" } },
    );
    const answers: (readonly [number, string | null])[] = [];
    for (let call = 0; call < 3; call += 1) {
      const headers = { "x-coatcheck": "1" };
      const { status, headers: given } = await fetch(`http://localhost:${port}/api/away/7`, { headers });
      answers.push([status, given.get("retry-after")]);
    }
    expect(answers).toEqual([
      [502, null],
      [502, null],
      [503, "9"],
    ]);
    expect(log).toHaveBeenCalledWith(
      expect.objectContaining({ event: "circuit_opened", upstream, reason: "ECONNREFUSED" }),
    );
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text.split("\n")).toEqual(
      expect.arrayContaining([
        `coatcheck_circuits_open{upstream="${upstream}"} 1`,
        `coatcheck_circuits_opened_total{upstream="${upstream}"} 1`,
        'coatcheck_calls_shed_total{route="/api/away",limit="circuit"} 1',
        'coatcheck_calls_shed_total{route="/api/away",limit="upstream"} 0',
        `coatcheck_upstream_calls{upstream="${upstream}",state="active"} 0`,
      ]),
    );
    expect(text).not.toContain("/7");
    await server.close();
  });

  it("names a trace that is kept in its metrics", async () => {
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    try {
      const [port, metricsPort] = [await freePort(), await freePort()];
      const server = await startServer(
        {
          ...config({ port, metricsPort, telemetry: "opentelemetry" }),
          publicOrigin: `http://localhost:${port}`,
          routes: [
            { prefix: "/api/open", upstream: occupied.origin, tokenKind: "none", dangerouslyAllowHttp: true },
          ],
        },
        { log: () => undefined },
      );
      const call = await fetch(`http://localhost:${port}/api/open/1`, { headers: { "x-coatcheck": "1" } });
      expect(call.status).toBe(200);
      const headers = { accept: "application/openmetrics-text" };
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { headers })).text();
      expect(text).toMatch(
        /^coatcheck_api_call_duration_seconds_bucket\S+ 1 # \{trace_id="[0-9a-f]{32}"\} /mu,
      );
      await server.close();
    } finally {
      trace.disable();
      context.disable();
    }
  });

  it("names everything that is wrong with its configuration", async () => {
    await expect(startServer({ ...config({ port: 0 }), publicOrigin: "x" })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/publicOrigin[^]*server\.port|server\.port[^]*publicOrigin/u),
    });
  });
});
