export { VARIABLES, type Variable } from "./environment/variables.ts";
export { parseEnvironment, type ParsedEnvironment, type Settings } from "./environment/parse-environment.ts";
