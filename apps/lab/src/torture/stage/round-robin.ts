import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { PROBLEM_HEADER } from "@coatcheck/contract";

export interface BalancedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BalancedAnswer {
  readonly status: number;
  readonly setCookies: readonly string[];
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
  /** The code of our own problems. */
  readonly problem: string | undefined;
  /** The whole body. */
  readonly text: () => Promise<string>;
}

/**
 * Hands each request to the next instance, whoever sends it: a load balancer without affinity.
 *
 * As such do, it takes the next instance when one refuses the connection, or breaks it before it has answered a GET.
 */
export interface RoundRobin {
  /** @throws {Error} when no instance answers, or the client went away */
  send(request: BalancedRequest): Promise<BalancedAnswer>;
  close(): void;
}

/** @param host what browsers see, for the `Host` header */
export function createRoundRobin(host: string, ports: readonly number[]): RoundRobin {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  // A lone instance gets a second chance as well: it may have closed an idle connection just as it was taken.
  const tries = Math.max(2, ports.length);
  let next = 0;

  async function send(request: BalancedRequest): Promise<BalancedAnswer> {
    const first = next;
    next += 1;
    for (let attempt = 1; ; attempt += 1) {
      // From its own start on, so that it comes past every instance whatever others do meanwhile.
      const port = ports[(first + attempt - 1) % ports.length] ?? 0;
      try {
        return toAnswer(await exchange(port, request));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const mayRepeat = code === "ECONNREFUSED" || (code === "ECONNRESET" && request.method === "GET");
        if (!mayRepeat || attempt >= tries || request.signal?.aborted === true) throw error;
      }
    }
  }

  function exchange(port: number, request: BalancedRequest): Promise<IncomingMessage> {
    const { method, target, headers, signal } = request;
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: target, method, agent };
      const sent = httpRequest({ ...options, headers: { ...headers, host }, signal });
      sent.once("response", resolve);
      sent.once("error", reject);
      sent.end(request.body);
    });
  }

  return { send, close: () => agent.destroy() };
}

function toAnswer(incoming: IncomingMessage): BalancedAnswer {
  return {
    status: incoming.statusCode ?? 0,
    setCookies: incoming.headers["set-cookie"] ?? [],
    location: incoming.headers.location,
    retryAfter: incoming.headers["retry-after"],
    problem: [incoming.headers[PROBLEM_HEADER]].flat()[0],
    text: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
  };
}
