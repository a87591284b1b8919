/**
 * Traces and metrics by OpenTelemetry: spans of requests, sessions, refreshes and calls, through whatever SDK the process has
 * registered. Needs `@opentelemetry/api`.
 *
 * @example
 * ```ts
 * return createBff(config, createNodePorts({ ledger, ...createOpenTelemetry() }));
 * ```
 *
 * @module
 */
export { createOpenTelemetry } from "./create-opentelemetry.ts";
export type { OpenTelemetryOptions, OpenTelemetryPorts } from "./create-opentelemetry.ts";
