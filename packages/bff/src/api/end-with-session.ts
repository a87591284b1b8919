import { isEventStream, iterateBody } from "@coatcheck/proxy";
import type { OpenConnections } from "../session/open-connections.ts";
import type { SessionValue } from "../session/session-value.ts";
import type { ApiAnswer } from "./forward-call.ts";

const END: IteratorResult<Uint8Array, void> = { done: true, value: undefined };

/**
 * Lets an answer that is still coming end with the session that asked for it. An event stream ends as if the API had ended
 * it, so that the page asks again and learns why; any other answer breaks off, since a short one would pass for a whole one.
 *
 * An answer that is there as a whole stays as it is.
 */
export function endWithSession(
  answer: ApiAnswer,
  session: SessionValue | undefined,
  connections: Pick<OpenConnections, "hold">,
): ApiAnswer {
  if (answer.kind === "denied" || session === undefined) return answer;
  const { response } = answer;
  if (response.body === null || typeof response.body === "string" || response.body instanceof Uint8Array)
    return answer;
  let isOver = false;
  const letGo = connections.hold(session, () => {
    isOver = true;
    answer.discard();
  });
  const source = iterateBody(response.body);
  const mayEndEarly = isEventStream(response.headers);

  /** What has arrived and wasn't read yet stays unread. */
  function endEarly(): IteratorResult<Uint8Array, void> {
    letGo();
    if (mayEndEarly) return END;
    throw new Error("the session has ended");
  }

  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (isOver) return endEarly();
        try {
          const chunk = await source.next();
          if (chunk.done === true) letGo();
          return isOver ? endEarly() : chunk;
        } catch (error) {
          letGo();
          if (isOver) return endEarly();
          throw error;
        }
      },
      async return() {
        letGo();
        await source.return?.();
        return END;
      },
    }),
  };
  return {
    ...answer,
    response: { ...response, body },
    discard() {
      letGo();
      answer.discard();
    },
  };
}
