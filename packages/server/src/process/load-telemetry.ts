import type { createOpenTelemetry, OpenTelemetryPorts } from "@coatcheck/bff/opentelemetry";
import type { Settings } from "../environment/parse-environment.ts";
import { ServerError } from "../server-error.ts";
import type { WriteLog } from "./write-log.ts";

const START =
  "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node, and start with NODE_OPTIONS=--import=@opentelemetry/auto-instrumentations-node/register";

/**
 * Loads what the setting asks for; who doesn't use it doesn't load it.
 *
 * @throws {ServerError} `telemetry_missing`
 */
export async function loadTelemetry(
  {
    telemetry,
    telemetryTraceOneIn,
    telemetryContinueTraces: continueTraces,
  }: Pick<Settings, "telemetry" | "telemetryTraceOneIn" | "telemetryContinueTraces">,
  log: WriteLog,
): Promise<OpenTelemetryPorts | undefined> {
  if (telemetry === "none") return undefined;
  let create: typeof createOpenTelemetry;
  try {
    ({ createOpenTelemetry: create } = await import("@coatcheck/bff/opentelemetry"));
  } catch (cause) {
    throw new ServerError("telemetry_missing", "TELEMETRY=opentelemetry needs @opentelemetry/api", START, {
      cause,
    });
  }
  const ports = create({ sampleRatio: 1 / telemetryTraceOneIn, continueTraces });
  // Without a registered SDK nothing would be drawn, and nobody would be told why.
  const isDrawn = await ports.tracing.within({ name: "coatcheck.start" }, () =>
    Promise.resolve(ports.tracing.current() !== undefined),
  );
  if (!isDrawn) log({ level: "warn", event: "telemetry_not_registered", advice: START });
  return ports;
}
