import { getHeapStatistics } from "node:v8";
import { freePort } from "@coatcheck/testkit/node";
import { describe, expect, it } from "vitest";
import { EMPTY_SNAPSHOT, mergeSnapshots, type MetricsSnapshot } from "./metrics-snapshot.ts";
import { createMetricsRecorder, type MetricsRecorder } from "./metrics-recorder.ts";
import { METRICS } from "./metrics-table.ts";
import { renderMetrics } from "./render-metrics.ts";
import { startMetricsServer } from "./metrics-server.ts";

const createRecorder = () => createMetricsRecorder({ droppedLogLines: () => 2 });

type EventKind = Parameters<MetricsRecorder["observer"]["tokens"]>[0]["kind"];

/** Whatever the keeper of tokens reports. */
const EVERY_KIND = {
  refresh: true,
  stale_cookie: true,
  other_identity: true,
  session_ended: true,
  late_success: true,
  revoke_failed: true,
  record_delayed: true,
  record_unreadable: true,
  defect: true,
  ledger_down: true,
  ledger_up: true,
  breaker_opened: true,
  breaker_closed: true,
} satisfies Record<EventKind, true>;

const gaugesOf = (workers: number): MetricsSnapshot => ({ ...EMPTY_SNAPSHOT, gauges: { workers } });

const SOURCE = {
  routes: ["/api/notes", "/api/files"],
  load: () => ({
    upstreams: [{ origin: "https://notes.internal", active: 3, queued: 1, isCircuitOpen: true }],
    busiestSession: 4,
  }),
};

/** `a_total{b="1",c="2"}` is `a_total` with the labels b and c. */
function shapeOf(key: string, type: string): readonly [string, { type: string; labels: readonly string[] }] {
  const [name = ""] = key.split("{");
  return [name, { type, labels: [...key.matchAll(/(\w+)="/g)].map(([, label = ""]) => label) }];
}

function refresh(recorder: MetricsRecorder, outcome: "led" | "joined", durationMs: number): void {
  recorder.observer.tokens({
    kind: "refresh",
    outcome,
    trigger: "implicit",
    resource: "https://secret.internal",
    durationMs,
    generation: 7,
    session: "ab12cd34",
  });
}

describe("metrics", () => {
  it("count refreshes by outcome, stale cookies and ended sessions", () => {
    const recorder = createRecorder();
    refresh(recorder, "led", 40);
    refresh(recorder, "joined", 3);
    refresh(recorder, "joined", 4);
    recorder.observer.tokens({ kind: "stale_cookie", session: "ab12cd34", generation: 1 });
    recorder.observer.tokens({ kind: "session_ended", session: "ab12cd34", reason: "signed_out" });
    recorder.observer.call({ method: "GET", route: "/api/notes", status: 200, durationMs: 8 });
    const lines = renderMetrics(recorder.snapshot()).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "# TYPE coatcheck_refresh_total counter",
        'coatcheck_refresh_total{outcome="led"} 1',
        'coatcheck_refresh_total{outcome="joined"} 2',
        "coatcheck_stale_cookie_total 1",
        "coatcheck_log_lines_dropped_total 2",
        'coatcheck_sessions_ended_total{reason="signed_out"} 1',
        'coatcheck_api_calls_total{route="/api/notes",status="200"} 1',
        'coatcheck_refresh_duration_seconds_bucket{outcome="joined",le="0.002"} 0',
        'coatcheck_refresh_duration_seconds_bucket{outcome="joined",le="0.005"} 2',
        'coatcheck_refresh_duration_seconds_bucket{outcome="joined",le="30"} 2',
        'coatcheck_refresh_duration_seconds_bucket{outcome="led",le="+Inf"} 1',
        'coatcheck_refresh_duration_seconds_count{outcome="led"} 1',
        'coatcheck_refresh_duration_seconds_sum{outcome="led"} 0.04',
      ]),
    );
  });

  it("are exactly those of the table, each with its help, type and labels", () => {
    const recorder = createRecorder();
    const event = {
      session: "ab12cd34",
      reason: "x",
      code: "x",
      what: "x",
      generation: 1,
      downMs: 1,
      revoked: true,
    };
    for (const kind of Object.keys(EVERY_KIND) as EventKind[]) {
      const more = { ...event, kind, outcome: "led", trigger: "implicit", resource: "", durationMs: 1 };
      recorder.observer.tokens(more as Parameters<typeof recorder.observer.tokens>[0]);
    }
    recorder.observer.call({ method: "GET", route: "/api/notes", status: 200, durationMs: 8 });
    recorder.onReread("applied");
    recorder.observer.connection({ route: "/api/notes", kind: "websocket" });
    recorder.observer.connection({ route: "/api/notes", kind: "websocket", endedBy: "session" });
    recorder.observer.watch(SOURCE);
    const { counters, gauges, histograms } = mergeSnapshots([recorder.snapshot(), gaugesOf(3)]);
    const shapes = [
      ...Object.keys(counters).map((key) => shapeOf(key, "counter")),
      ...Object.keys(gauges).map((key) => shapeOf(key, "gauge")),
      ...Object.keys(histograms).map((key) => shapeOf(key, "histogram")),
    ];
    expect(Object.fromEntries(shapes)).toEqual(
      Object.fromEntries(Object.entries(METRICS).map(([name, { type, labels }]) => [name, { type, labels }])),
    );
    const text = renderMetrics(mergeSnapshots([recorder.snapshot(), gaugesOf(3)]));
    for (const [name, { help, type }] of Object.entries(METRICS))
      expect(text).toContain(`# HELP coatcheck_${name} ${help}\n# TYPE coatcheck_${name} ${type}\n`);
  });

  it("leave out what this version doesn't know: a worker of another one may say it", () => {
    const text = renderMetrics({ ...EMPTY_SNAPSHOT, counters: { unheard_of_total: 1, constructor: 1 } });
    expect(text).toBe("");
  });

  it("S-135 name no session and no resource", () => {
    const recorder = createRecorder();
    refresh(recorder, "led", 40);
    const text = renderMetrics(recorder.snapshot());
    expect(text).not.toContain("ab12cd34");
    expect(text).not.toContain("secret.internal");
  });

  it("count what is slower than every bucket", () => {
    const recorder = createRecorder();
    refresh(recorder, "led", 45_000);
    const text = renderMetrics(recorder.snapshot());
    expect(text).toContain('le="30"} 0');
    expect(text).toContain('le="+Inf"} 1');
  });

  it("of several processes add up", () => {
    const [one, two] = [createRecorder(), createRecorder()];
    refresh(one, "led", 10);
    refresh(two, "led", 20);
    const merged = renderMetrics(mergeSnapshots([one.snapshot(), two.snapshot()]));
    expect(merged).toContain('coatcheck_refresh_total{outcome="led"} 2');
    expect(merged).toContain("coatcheck_log_lines_dropped_total 4");
    expect(merged).toContain('coatcheck_refresh_duration_seconds_sum{outcome="led"} 0.03');
  });

  it("of the load are read when they are asked for: added up, or the highest, over BFFs and processes", () => {
    const [one, two] = [createRecorder(), createRecorder()];
    const stop = one.observer.watch(SOURCE);
    one.observer.watch({ ...SOURCE, load: () => ({ ...SOURCE.load(), busiestSession: 7 }) });
    two.observer.watch(SOURCE);
    for (const recorder of [one, two])
      recorder.observer.connection({ route: "/api/notes", kind: "websocket" });
    two.observer.connection({ route: "/api/notes", kind: "event_stream" });
    two.observer.connection({ route: "/api/notes", kind: "event_stream", endedBy: "idle" });
    two.observer.circuit({ origin: "https://notes.internal", isOpen: true, reason: "ECONNREFUSED" });
    two.observer.circuit({ origin: "https://notes.internal", isOpen: false, openMs: 9, refused: 2 });
    two.observer.shed({ route: "/api/notes", limit: "session" });
    const lines = () => renderMetrics(mergeSnapshots([one.snapshot(), two.snapshot()])).split("\n");
    expect(lines()).toEqual(
      expect.arrayContaining([
        'coatcheck_upstream_calls{upstream="https://notes.internal",state="active"} 9',
        'coatcheck_upstream_calls{upstream="https://notes.internal",state="queued"} 3',
        "coatcheck_session_calls_max 7",
        'coatcheck_circuits_open{upstream="https://notes.internal"} 3',
        'coatcheck_circuits_opened_total{upstream="https://notes.internal"} 1',
        'coatcheck_open_connections{route="/api/notes",kind="websocket"} 2',
        'coatcheck_open_connections{route="/api/notes",kind="event_stream"} 0',
        'coatcheck_connections_ended_total{route="/api/notes",kind="event_stream",reason="idle"} 1',
        'coatcheck_calls_shed_total{route="/api/notes",limit="session"} 1',
        // From the start, so that the first time is an increase.
        'coatcheck_calls_shed_total{route="/api/files",limit="sockets"} 0',
      ]),
    );
    stop();
    expect(lines()).toContain('coatcheck_upstream_calls{upstream="https://notes.internal",state="active"} 6');
  });

  it("tell the memory of all processes, and where V8 ends one", () => {
    const { gauges } = mergeSnapshots([createRecorder().snapshot(), createRecorder().snapshot()]);
    const of = (kind: string): number => gauges[`memory_bytes{kind="${kind}"}`] ?? 0;
    expect(of("heap_limit")).toBe(2 * getHeapStatistics().heap_size_limit);
    expect(of("resident")).toBeGreaterThan(of("heap_used"));
    expect(of("heap_used")).toBeGreaterThan(2 ** 20);
    expect(of("external")).toBeGreaterThan(0);
  });

  it("begin at 0, so that the first time is an increase", () => {
    const { counters } = createRecorder().snapshot();
    const plain = Object.entries(METRICS).filter(
      ([, { type, labels }]) => type === "counter" && labels.length === 0,
    );
    for (const [name] of plain.filter(([name]) => name !== "log_lines_dropped_total"))
      expect(counters[name]).toBe(0);
    expect(counters['refresh_total{outcome="client"}']).toBe(0);
  });

  it("name a trace of each bucket to those who read OpenMetrics, the newest, and only one that is kept", async () => {
    const [one, two] = [createRecorder(), createRecorder()];
    const traces: (string | undefined)[] = ["a1", undefined, "b2"];
    one.onTracing({ sampledTraceId: () => traces.shift() });
    for (const durationMs of [40, 45, 45_000]) refresh(one, "led", durationMs);
    refresh(two, "led", 41);
    const merged = mergeSnapshots([one.snapshot(), two.snapshot()]);
    const lines = renderMetrics(merged, "openmetrics").split("\n");
    const named = lines.filter((line) => line.includes("trace_id"));
    expect(named).toEqual([
      expect.stringMatching(/le="0.05"\} 3 # \{trace_id="a1"\} 0.04 \d+(?:\.\d+)?$/u),
      expect.stringMatching(/le="\+Inf"\} 4 # \{trace_id="b2"\} 45 \d+(?:\.\d+)?$/u),
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        "# TYPE coatcheck_refresh counter",
        'coatcheck_refresh_total{outcome="led"} 4',
      ]),
    );
    expect(lines.slice(-2)).toEqual(["# EOF", ""]);
    expect(renderMetrics(merged)).not.toContain("trace_id");
  });

  it("are served as what the client asks for", async () => {
    const port = await freePort();
    const collect = () => Promise.resolve(createRecorder().snapshot());
    const server = await startMetricsServer({ port, host: "127.0.0.1", collect });
    const types = await Promise.all(
      ["application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "text/plain", "*/*"].map(
        async (accept) =>
          (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } })).headers.get(
            "content-type",
          ),
      ),
    );
    expect(types.map((type) => type?.split(";")[0])).toEqual([
      "application/openmetrics-text",
      "text/plain",
      "text/plain",
    ]);
    server.close();
  });

  it("are served at /metrics and nowhere else", async () => {
    const port = await freePort();
    const recorder = createRecorder();
    refresh(recorder, "led", 10);
    const collect = () => Promise.resolve(recorder.snapshot());
    const server = await startMetricsServer({ port, host: "127.0.0.1", collect });
    const url = `http://127.0.0.1:${port}`;
    const found = await fetch(`${url}/metrics`);
    expect([found.status, found.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(await found.text()).toContain("coatcheck_refresh_total");
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(404);
    await expect(startMetricsServer({ port, host: "127.0.0.1", collect })).rejects.toMatchObject({
      code: "port_taken",
    });
    server.close();
  });
});

/** A port that was free a moment ago. */
