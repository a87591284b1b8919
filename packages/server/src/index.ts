export { METRICS } from "./metrics/metrics-table.ts";
export { PROCESS_EVENTS } from "./process/process-events.ts";
export { defineConfig, type ServerConfig } from "./environment/config-file.ts";
export { startServer, type StartedServer, type StartServerOptions } from "./process/start-server.ts";
export { ServerError, type ServerErrorCode } from "./server-error.ts";
export { VARIABLES, type Variable } from "./environment/variables.ts";
export { parseEnvironment, type ParsedEnvironment, type Settings } from "./environment/parse-environment.ts";
