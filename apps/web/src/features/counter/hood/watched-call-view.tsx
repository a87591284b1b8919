import { useWidth } from "../timeline/use-width.ts";
import { HeaderNames } from "./header-names.tsx";
import { splitTime, type WatchedCall } from "./watch-call.ts";
import { ms, WayDrawing } from "./way-drawing.tsx";

/** One call: from post to post, where its time went, and which headers were changed on the way. */
export function WatchedCallView({ call, ticket }: { call: WatchedCall; ticket: string }) {
  const [place, width] = useWidth<HTMLElement>();
  const time = splitTime(call);
  const refresh = call.refreshMs === undefined ? "no refresh" : `a refresh of ${ms(call.refreshMs)}`;
  return (
    <>
      <figure
        ref={place}
        aria-label={`The call from post to post: the browser shows the ticket, ${refresh}, the counter calls the API with the coat, ${call.status}.`}
      >
        {width === 0 ? null : <WayDrawing call={call} ticket={ticket} width={width} />}
      </figure>
      <div className="split" aria-hidden="true">
        <i className="counter-share" style={{ flexGrow: time.counter }} />
        <i className="provider-share" style={{ flexGrow: time.provider }} hidden={time.provider === 0} />
        <i className="api-share" style={{ flexGrow: time.api }} />
        <i className="wires-share" style={{ flexGrow: time.wires }} />
      </div>
      <dl className="split-key">
        <Share name="Counter" share="counter-share" value={time.counter} />
        <Share name="Provider" share="provider-share" value={time.provider} />
        <Share name="API" share="api-share" value={time.api} />
        <Share name="Browser and wires" share="wires-share" value={time.wires} />
        <div className="total">
          <dt>The browser waited</dt>
          <dd>{ms(call.totalMs)}</dd>
        </div>
      </dl>
      <dl className="hands">
        <div>
          <dt>Taken off at the counter</dt>
          <dd>
            <HeaderNames names={call.takenOff} />
          </dd>
        </div>
        <div>
          <dt>Put on for the API</dt>
          <dd>
            <HeaderNames names={call.putOn} />
          </dd>
        </div>
      </dl>
    </>
  );
}

function Share({ name, share, value }: { name: string; share: string; value: number }) {
  return (
    <div>
      <dt>
        <i className={share} />
        {name}
      </dt>
      <dd>{ms(value)}</dd>
    </div>
  );
}
