/** What the process logs of itself, beside the events of the BFF (`LOG_EVENTS`). Each is written in one place. */
export const PROCESS_EVENTS = {
  listening: "The server takes requests at `host` and `port`, or by `fd`, a socket that was handed to it.",
  draining: "It was told to stop: running requests and token calls are finished.",
  stopped: "It has stopped; `requestsCutOff`: requests that took too long.",
  drain_failed: "It could not stop in order; `kind` and `where` name the error.",
  ledger_opened: "The ledger of this `kind` was opened.",
  ledger_connection_lost: "The connection to Redis or PostgreSQL is lost; it is tried again by itself.",
  ledger_connection_back: "The connection to Redis or PostgreSQL is back.",
  metrics_listening: "Metrics are served at `host` and `port`.",
  egress_proxy_ignored:
    "At start: `variables` name a proxy for what leaves the network, and calls go directly; `advice`: what to change.",
  telemetry_not_registered:
    "Traces and metrics are asked for, and nobody takes them; `advice`: what to change.",
  workers_serving: "So many `workers` serve.",
  secrets_reread:
    "Secrets that were read again are in force; `changed`: their variables, each with keyed fingerprints before and after; `atNextStart`: those that a start alone puts in force.",
  secrets_unchanged: "The files of secrets were read again, and hold what is in force.",
  secrets_refused:
    "A file of a secret can't be used, so the secrets before stay in force; `problems`: what to change.",
  cookie_key_seals: "The new cookie key, which opened cookies so far, seals them from now on.",
  service_manager_unreachable: "The service manager wants to hear of the process, and can't, for `reason`.",
  worker_died: "A worker ended by itself; another one takes its place.",
  workers_replaced: "All workers were replaced.",
  workers_not_replaced: "No new worker serves, so the old ones stay.",
  unhandled_rejection: "An error that nobody caught cost a request; `kind` and `where` name it.",
  uncaught_exception: "An error that nobody caught ends the process; `kind` and `where` name it.",
} as const;

export type ProcessEventName = keyof typeof PROCESS_EVENTS;
