import { startCollector } from "./collector.ts";
import type { BenchTarget } from "../targets.ts";

const TELEMETRY = new URL("./telemetry.ts", import.meta.url);

/**
 * Our server with the SDK of OpenTelemetry, its spans taken by a collector.
 *
 * @param sampled of so many traces, 0 to 1
 * @param signedIn makes the target, by the environment of its server
 */
export function tracedTarget(
  name: string,
  sampled: number,
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
          SAMPLED: String(sampled),
        }).run(upstream, use);
        if (sampled > 0 && collector.spans() === 0)
          throw new Error(`${name} drew nothing: it measures nothing.`);
        return result;
      } finally {
        collector.close();
      }
    },
  };
}
