import { type ReactNode, useMemo } from "react";
import { NumberWheels } from "./number-wheels.tsx";
import { drawRosette } from "./rosette.ts";
import { StateMark, type TicketState } from "./state-mark.tsx";
import "./ticket.css";

export type TicketRow = {
  term: string;
  value: string;
  /** Share of a token's life that is left, 0 to 1: draws the life bar under the row. */
  lifeLeft?: number;
};

export type TicketPaperProps = {
  state: TicketState;
  /** Four decimal digits. */
  number: string;
  who: string;
  since: string;
  /** The coat's generation; `null` shows dashes: no coat. */
  coat: number | null;
  rows?: readonly TicketRow[];
  /** The state in words; a polite live region where the state can change. */
  words?: string;
  note?: ReactNode;
  label?: string;
};

/** The ticket as an object: your half above the perforation, the counter's half below. */
export function TicketPaper(props: TicketPaperProps) {
  const { state, number, who, since, coat, rows = [], words, note, label = "Your ticket" } = props;
  const rosette = useMemo(() => drawRosette(number), [number]);
  return (
    <section className="ticket" data-state={state} aria-label={label}>
      <div className="claim">
        <svg className="rosette" viewBox="0 0 236 236" aria-hidden="true">
          <path d={rosette} fill="none" stroke="currentColor" strokeWidth=".9" />
        </svg>
        <p className="heads">
          <span>Coatcheck</span>
          <span>Keep this half</span>
        </p>
        <strong className="no">
          <span className="vh">Ticket number </span>
          {number}
        </strong>
        <p className="who">{who}</p>
        <p className="since">{since}</p>
      </div>
      <div className="stub">
        <div className="coat">
          <p className="lab">
            Coat<span className="vh"> number {coat ?? "none"}, </span>
            <small>for {number}</small>
          </p>
          <NumberWheels coat={coat} />
        </div>
        {rows.length === 0 ? null : (
          <dl>
            {rows.map((row) => (
              <Row key={row.term} row={row} away={state === "degraded"} />
            ))}
          </dl>
        )}
        {note === undefined ? null : <p className="since under">{note}</p>}
        {words === undefined ? null : (
          <output className="state">
            <StateMark state={state} />
            <span>{words}</span>
          </output>
        )}
      </div>
    </section>
  );
}

function Row({ row, away }: { row: TicketRow; away: boolean }) {
  return (
    <div>
      <dt>{row.term}</dt>
      <dd>{row.value}</dd>
      {row.lifeLeft === undefined ? null : (
        <dd className={away ? "life away" : "life"} aria-hidden="true">
          <i style={{ inlineSize: `${Math.round(row.lifeLeft * 1000) / 10}%` }} />
        </dd>
      )}
    </div>
  );
}
