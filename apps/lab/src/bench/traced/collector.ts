import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { listenOnLoopback } from "@coatcheck/testkit/node";

/** Takes spans as a collector does (OTLP over HTTP), and counts them. */
export interface Collector {
  readonly url: string;
  spans(): number;
  close(): Promise<void>;
}

interface TraceExport {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[];
  }[];
}

export async function startCollector(): Promise<Collector> {
  let spans = 0;
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      for (const { scopeSpans } of (body as TraceExport).resourceSpans)
        for (const scope of scopeSpans) spans += scope.spans.length;
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  const { origin, close } = await listenOnLoopback(server);
  return { url: `${origin}/v1/traces`, spans: () => spans, close };
}
