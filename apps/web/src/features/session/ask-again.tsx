import type { WaitingCall } from "@coatcheck/client";
import { useClient } from "@coatcheck/react";
import { SessionPanel } from "./session-panel.tsx";

/** A call that was sent once already, and whose answer is lost: the person decides. */
export function AskAgain({ call }: { call: WaitingCall }) {
  const { waiting } = useClient();
  const leave = () => waiting.answer(call.id, false);
  return (
    <SessionPanel
      title="Send again?"
      says="Sent once already, answer lost. Sending it again may do it twice."
      onDismiss={leave}
    >
      <ul className="kept">
        <li>
          <b>
            {call.method} {new URL(call.url).pathname}
          </b>
          <span className="quiet">asks first</span>
        </li>
      </ul>
      <button type="button" className="btn main big" data-main onClick={() => waiting.answer(call.id, true)}>
        Send again
      </button>
      <button type="button" className="btn bare" onClick={leave}>
        Leave it
      </button>
    </SessionPanel>
  );
}
