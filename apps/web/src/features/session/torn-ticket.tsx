import { NumberWheels } from "../ticket/number-wheels.tsx";
import "./torn-ticket.css";

/** The ticket in small, its two halves apart: the number is still yours, the coat isn't. Decorative; the words say it. */
export function TornTicket({ number }: { number: string }) {
  return (
    <p className="torn" aria-hidden="true">
      <span className="torn-claim">{number}</span>
      <span className="torn-stub">
        <NumberWheels coat={null} />
      </span>
    </p>
  );
}
