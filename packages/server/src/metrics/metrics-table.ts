type Metric = { readonly labels: readonly string[]; readonly help: string } & (
  | { readonly type: "counter" | "histogram" }
  /** `merge`: what several processes say, added up, or the highest of it. */
  | { readonly type: "gauge"; readonly merge: "sum" | "max" }
);

/** Every metric that is served, each with the prefix `coatcheck_`, and counted in one place. A test holds it to the code. */
export const METRICS = {
  refresh_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Refreshes: led (made the token call), joined (waited for it), replayed (found it in the ledger), window (ahead of need); or how the call failed: terminal and other_identity end the session, refused, client (our own credentials), unsent, ambiguous, unreadable.",
  },
  refresh_duration_seconds: { type: "histogram", labels: ["outcome"], help: "How long a refresh took." },
  api_calls_total: { type: "counter", labels: ["route", "status"], help: "API calls, as browsers saw them." },
  api_call_duration_seconds: { type: "histogram", labels: ["route"], help: "How long an API call took." },
  sessions_ended_total: {
    type: "counter",
    labels: ["reason"],
    help: "Sessions that this process ended: signed out, replaced, a grant that is over.",
  },
  stale_cookie_total: {
    type: "counter",
    labels: [],
    help: "Security: cookies whose refresh token was spent, shown after their time.",
  },
  other_identity_total: {
    type: "counter",
    labels: [],
    help: "Security: refreshes that brought tokens of somebody else.",
  },
  late_success_total: {
    type: "counter",
    labels: [],
    help: "New tokens that came for a session that had ended meanwhile.",
  },
  revoke_failed_total: { type: "counter", labels: [], help: "Refresh tokens that couldn't be revoked." },
  record_delayed_total: {
    type: "counter",
    labels: [],
    help: "Outcomes that couldn't be recorded at once; the process keeps trying.",
  },
  record_unreadable_total: {
    type: "counter",
    labels: [],
    help: "Damaged records: their sessions alone can't be refreshed.",
  },
  ledger_down_total: { type: "counter", labels: [], help: "Times that the ledger became unreachable." },
  ledger_up_total: { type: "counter", labels: [], help: "Times that the ledger came back." },
  breaker_opened_total: { type: "counter", labels: [], help: "Times that the provider stopped answering." },
  breaker_closed_total: { type: "counter", labels: [], help: "Times that the provider answered again." },
  defect_total: { type: "counter", labels: [], help: "Bugs of ours: please report them." },
  log_lines_dropped_total: { type: "counter", labels: [], help: "Log lines that nobody took." },
  secrets_reread_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Looks at the files of secrets: applied, unchanged, or refused, so that the ones before stay in force.",
  },
  secrets_stale: {
    type: "gauge",
    merge: "max",
    labels: [],
    help: "1 while a file of a secret can't be used and the one before is in force.",
  },
  upstream_calls: {
    type: "gauge",
    merge: "sum",
    labels: ["upstream", "state"],
    help: "Calls that an API works on (active: its headers aren't there yet), and that wait for a place (queued).",
  },
  session_calls_max: {
    type: "gauge",
    merge: "max",
    labels: [],
    help: "The most that one session has under way in a process: calls, open streams, WebSockets.",
  },
  calls_shed_total: {
    type: "counter",
    labels: ["route", "limit"],
    help: "Calls and WebSockets that were refused with 503, by the limit that was reached: of the session, the upstream, or the sockets of a process; circuit: the API couldn't be reached lately.",
  },
  circuits_open: {
    type: "gauge",
    merge: "sum",
    labels: ["upstream"],
    help: "Processes that refuse the calls of an API, since it can't be reached.",
  },
  circuits_opened_total: {
    type: "counter",
    labels: ["upstream"],
    help: "Times that a process began to refuse the calls of an API, since it couldn't be reached.",
  },
  open_connections: {
    type: "gauge",
    merge: "sum",
    labels: ["route", "kind"],
    help: "Event streams and WebSockets that are open.",
  },
  connections_ended_total: {
    type: "counter",
    labels: ["route", "kind", "reason"],
    help: "Event streams and WebSockets that have ended: by the client (or it is gone), the upstream, the end of the session, silence (idle), no sign of life (lost), a message that was too_big, a restart.",
  },
  memory_bytes: {
    type: "gauge",
    merge: "sum",
    labels: ["kind"],
    help: "Memory of the processes that serve: resident (what the system counts), heap_used and external (objects and buffers, with garbage that isn't collected yet), and heap_limit (beyond which V8 ends a process).",
  },
  workers: { type: "gauge", merge: "sum", labels: [], help: "Processes that serve on this machine." },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** Metrics of one type: a counter can't be observed, nor a histogram counted. */
export type MetricOf<Type extends Metric["type"]> = {
  [Name in MetricName]: (typeof METRICS)[Name]["type"] extends Type ? Name : never;
}[MetricName];

/** The values of a metric's labels, each by its name. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<(typeof METRICS)[Name]["labels"][number], string | number>
>;
