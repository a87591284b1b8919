import type { LogEventName } from "@coatcheck/bff";
import type { LogLine } from "@coatcheck/bff/node";
import type { ProcessEventName } from "./process-events.ts";

/** Writes down what happened to the process, or to the BFF in it. */
export type WriteLog = (line: LogLine & { readonly event: LogEventName | ProcessEventName }) => void;
