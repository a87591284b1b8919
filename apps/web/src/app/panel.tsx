import { type ReactNode, useId } from "react";
import "./panel.css";

export type PanelProps = { name: string; className: string; children: ReactNode };

/**
 * A button that opens a small panel below the bar.
 *
 * The browser's own popover: it tells the button's state, moves the panel's content right behind the button in the tab order,
 * closes on Escape and on a click elsewhere, and brings the focus back. A library would do the same in a few kilobytes more;
 * the panel holds plain buttons and radios, so nothing of a menu's own keyboard is missing.
 */
export function Panel({ name, className, children }: PanelProps) {
  const id = useId();
  return (
    <>
      <button type="button" className={className} popoverTarget={id}>
        {name}
      </button>
      <div id={id} popover="auto" className="panel">
        {children}
      </div>
    </>
  );
}
