import { startCollector } from "./collector.ts";
import type { BenchTarget } from "../targets.ts";

/** Draws some traces: by our own draw, or by the SDK's sampler, as a ratio. */
export type TraceSampling = { readonly TELEMETRY_TRACE_ONE_IN: string } | { readonly SDK_SAMPLES: string };

const TELEMETRY = new URL("./telemetry.ts", import.meta.url);

/**
 * Our server with the SDK of OpenTelemetry, its spans taken by a collector.
 *
 * @param sampling as variables of its server
 * @param signedIn makes the target, by the environment of its server
 */
export function tracedTarget(
  name: string,
  sampling: TraceSampling,
  signedIn: (environment: Readonly<Record<string, string>>) => BenchTarget,
): BenchTarget {
  return {
    name,
    isBare: false,
    async run(upstream, use) {
      const collector = await startCollector();
      try {
        const result = await signedIn({
          TELEMETRY: "opentelemetry",
          NODE_OPTIONS: `--import=${TELEMETRY.href}`,
          COLLECTOR: collector.url,
          ...sampling,
        }).run(upstream, use);
        if (collector.spans() === 0) throw new Error(`${name} drew nothing: it measures nothing.`);
        return result;
      } finally {
        await collector.close();
      }
    },
  };
}
