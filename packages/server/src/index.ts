export { METRICS } from "./metrics/metrics-table.ts";
export { PROCESS_EVENTS } from "./process/process-events.ts";
export { VARIABLES, type Variable } from "./environment/variables.ts";
export { parseEnvironment, type ParsedEnvironment, type Settings } from "./environment/parse-environment.ts";
