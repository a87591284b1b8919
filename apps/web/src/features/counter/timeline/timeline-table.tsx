import type { TimelineRow } from "./read-timeline.ts";
import { sayAgo, sayTook } from "./say-row.ts";

/** The same as the drawing, newest first. */
export function TimelineTable({ rows, nowMs }: { rows: readonly TimelineRow[]; nowMs: number }) {
  return (
    // It scrolls, so the keyboard has to reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="timeline-table" aria-label="Timeline as a table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Ago</th>
            <th scope="col">What</th>
            <th scope="col">Outcome</th>
            <th scope="col">Took</th>
            <th scope="col">Coat</th>
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <tr key={row.key} data-row={row.key}>
              <td>{sayAgo(row.at, nowMs)}</td>
              <th scope="row">{row.what}</th>
              <td>{row.outcome}</td>
              <td>{sayTook(row)}</td>
              <td>{row.coat ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
