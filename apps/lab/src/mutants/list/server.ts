import type { Mutant } from "../mutation.ts";

export const SERVER_MUTANTS: readonly Mutant[] = [
  {
    file: "packages/server/src/secrets/new-key-behind.ts",
    from: "if (place <= 0 || found === undefined) return frontend;",
    to: "return frontend;",
    breaks: "a new cookie key opens cookies before it seals any",
    tests: ["packages/server/src/secrets"],
  },
  {
    file: "packages/server/src/process/run-server.ts",
    from: "await server.answered();",
    to: "",
    breaks: "a request that is under way while secrets change ends with what it began with",
    tests: ["packages/server/src/secrets/rotation.test.ts"],
  },
  {
    file: "packages/server/src/secrets/reread-secrets.ts",
    from: "if (moved !== undefined)",
    to: "if (isRefused && moved !== undefined)",
    breaks: "a process never has two ledgers",
    tests: ["packages/server/src/secrets/reread-secrets.test.ts"],
  },
  {
    file: "packages/server/src/process/compose-bff.ts",
    from: "close: async () => watches.forEach((watch) => watch.stop()),",
    to: "close: async () => undefined,",
    breaks: "a BFF that was replaced hears no more of the ledger",
    tests: ["packages/server/src/process/compose-bff.test.ts"],
  },
  {
    file: "packages/server/src/systemd/inherited-socket.ts",
    from: "asking.isWorker ? asking.ppid : asking.pid",
    to: "asking.pid",
    breaks: "a worker takes the socket that its primary was handed",
    tests: ["packages/server/src/systemd/inherited-socket.test.ts"],
  },
  {
    file: "packages/server/src/metrics/metrics-recorder.ts",
    from: 'if (type === "counter" && labels.length === 0) counters.set(name, { value: 0 });',
    to: "void [name, type, labels];",
    breaks: "what happens for the first time is an increase that an alert sees",
    tests: ["packages/server/src/metrics/metrics.test.ts"],
  },
  {
    file: "packages/bff/src/opentelemetry/otel-tracing.ts",
    from: "return isSampled && isSpanContextValid(found) ? found.traceId : undefined;",
    to: "return undefined;",
    breaks: "a metric names a trace that is kept",
    tests: ["packages/server/src/process/start-server.test.ts"],
  },
  {
    file: "packages/server/src/metrics/metrics-snapshot.ts",
    from: "isSum(key) ? (gauges[key] ?? 0) + value",
    to: "isSum(key) ? value",
    breaks: "what several workers have to do is added up",
    tests: ["packages/server/src/metrics/metrics.test.ts"],
  },
  {
    file: "packages/server/src/metrics/metrics-recorder.ts",
    from: "if (isOpen) circuitCounter(origin).value += 1;",
    to: "circuitCounter(origin).value += 1;",
    breaks: "a circuit that closes isn't counted as one that opens",
    tests: ["packages/server/src/metrics/metrics.test.ts"],
  },
];
