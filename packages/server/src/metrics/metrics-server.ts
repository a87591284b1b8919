import { createServer } from "node:http";
import { ServerError } from "../server-error.ts";
import { METRICS_CONTENT_TYPE, metricsFormat, renderMetrics } from "./render-metrics.ts";
import type { MetricsSnapshot } from "./metrics-snapshot.ts";

export interface MetricsServer {
  close(): void;
}

/**
 * Serves `GET /metrics` on a port of its own: never on the one that browsers reach.
 *
 * @throws {ServerError} `port_taken`
 */
export async function startMetricsServer(options: {
  readonly port: number;
  readonly host: string;
  readonly collect: () => Promise<MetricsSnapshot>;
}): Promise<MetricsServer> {
  const { port, host, collect } = options;
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    if (request.url !== "/metrics" || request.method !== "GET") {
      response.writeHead(404).end();
      return;
    }
    const format = metricsFormat(request.headers.accept);
    collect().then(
      (snapshot) => {
        response.writeHead(200, {
          "content-type": METRICS_CONTENT_TYPE[format],
          vary: "accept",
          "cache-control": "no-store",
        });
        response.end(renderMetrics(snapshot, format));
      },
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new ServerError(
          "port_taken",
          `Port ${port} of ${host} can't be used for metrics`,
          "set METRICS_PORT.",
          { cause },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  server.unref();
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
