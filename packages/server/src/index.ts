/**
 * The server as a product: its settings, its configuration file, and a start within a process.
 *
 * @example
 * ```ts
 * export default defineConfig({
 *   publicOrigin: "https://app.example.com",
 *   provider: {
 *     issuer: "https://id.example.com",
 *     clientId: "my-app",
 *     scope: "openid profile email offline_access",
 *   },
 * ```
 *
 * @module
 */
export { METRICS } from "./metrics/metrics-table.ts";
export { PROCESS_EVENTS } from "./process/process-events.ts";
export { defineConfig, type ServerConfig } from "./environment/config-file.ts";
export { startServer, type StartedServer, type StartServerOptions } from "./process/start-server.ts";
export { ServerError, type ServerErrorCode } from "./server-error.ts";
export { VARIABLES, type Variable } from "./environment/variables.ts";
export { parseEnvironment, type ParsedEnvironment, type Settings } from "./environment/parse-environment.ts";
