import { isEventStream, iterateBody, ProxyError } from "@coatcheck/proxy";
import type { CancelSignal } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "../config/bff-settings.ts";
import { observeConnection } from "../observe/observe-connection.ts";
import type { ConnectionEnd } from "../observe/observer.ts";
import type { Core } from "../parts.ts";
import type { SessionValue } from "../session/session-value.ts";
import type { ApiAnswer } from "./forward-call.ts";

/** What an answer belongs to. */
interface CallFacts {
  readonly session: SessionValue | undefined;
  readonly api: Pick<ApiRouteSettings, "target">;
  /** The browser is gone. */
  readonly signal: CancelSignal | undefined;
}

const END: IteratorResult<Uint8Array, void> = { done: true, value: undefined };

/**
 * Lets an answer that is still coming end with the session that asked for it. An event stream ends as if the API had ended
 * it, so that the page asks again and learns why; any other answer breaks off, since a short one would pass for a whole one.
 *
 * An answer that is there as a whole stays as it is. Event streams are told of, whosever they are.
 */
export function endWithSession(
  answer: ApiAnswer,
  { session, api, signal }: CallFacts,
  { connections, observer }: Pick<Core, "connections" | "observer">,
): ApiAnswer {
  if (answer.kind === "denied") return answer;
  const { response } = answer;
  const isStream = isEventStream(response.headers);
  if (session === undefined && !isStream) return answer;
  if (response.body === null || typeof response.body === "string" || response.body instanceof Uint8Array)
    return answer;
  let isOver = false;
  const release =
    session &&
    connections.hold(session, () => {
      isOver = true;
      answer.discard();
    });
  const reportEnd = isStream
    ? observeConnection(observer, { route: api.target.prefix, kind: "event_stream" })
    : undefined;
  const source = iterateBody(response.body);

  function letGo(by: ConnectionEnd): void {
    release?.();
    reportEnd?.(by);
  }

  /** What has arrived and wasn't read yet stays unread. */
  function endEarly(): IteratorResult<Uint8Array, void> {
    letGo("session");
    if (isStream) return END;
    throw new DOMException("the session has ended", "AbortError");
  }

  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (isOver) return endEarly();
        try {
          const chunk = await source.next();
          if (isOver) return endEarly();
          if (chunk.done === true) letGo("upstream");
          return chunk;
        } catch (error) {
          if (isOver) return endEarly();
          letGo(signal?.aborted === true ? "client" : faultOf(error));
          throw error;
        }
      },
      async return() {
        letGo("client");
        await source.return?.();
        return END;
      },
    }),
  };
  return {
    ...answer,
    response: { ...response, body },
    discard() {
      letGo("client");
      answer.discard();
    },
  };
}

function faultOf(error: unknown): ConnectionEnd {
  return error instanceof ProxyError && error.code === "upstream_timeout" ? "idle" : "upstream";
}
