import type { SignedInView } from "@coatcheck/contract";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { BannerSlot } from "../features/banners/banner-board.tsx";
import { SignOutMenu } from "../features/session/sign-out-menu.tsx";
import { ThemeChoice } from "../features/theme/theme-choice.tsx";
import { TicketDock } from "../features/ticket/ticket-dock.tsx";
import { displayName } from "../features/ticket/ticket-model.ts";
import { Mark } from "./mark.tsx";
import { Panel } from "./panel.tsx";
import { SignOutChoices } from "../features/session/sign-out-choices.tsx";
import "./frame.css";

export type FrameProps = {
  view: SignedInView;
  /** The session has ended: the ticket is torn. */
  isEnded: boolean;
  children: ReactNode;
};

/** What stands around every page of somebody who is signed in: the bar above, the banner, on narrow pages the dock. */
export function Frame({ view, isEnded, children }: FrameProps) {
  const [path] = useLocation();
  const page = path === "/counter" ? "counter" : "notes";
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  useEffect(() => {
    // A new page begins at its top, for the eyes and for the keyboard; another note of the same page doesn't.
    if (shown.current === page) return;
    shown.current = page;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [page]);
  return (
    <div className="frame">
      <a className="btn main skip" href="#page">
        Skip to content
      </a>
      <header className="bar">
        <div className="bar-in">
          <Link className="mark" href="/" aria-label="Coatcheck, notes">
            <Mark />
            <span>Coatcheck</span>
          </Link>
          <nav aria-label="Main">
            <Link href="/" aria-current={path === "/" || path.startsWith("/notes/") ? "page" : undefined}>
              Notes
            </Link>
            <Link href="/counter" aria-current={path === "/counter" ? "page" : undefined}>
              Counter
            </Link>
          </nav>
          <div className="end wide">
            <span className="quiet who">{displayName(view)}</span>
            <Panel name="Theme" className="btn bare">
              <ThemeChoice />
            </Panel>
            <SignOutMenu />
          </div>
          <div className="end narrow">
            <Panel name="More" className="btn bare">
              <p className="panel-head">
                Signed in as <b>{displayName(view)}</b>
              </p>
              <ThemeChoice />
              <SignOutChoices />
            </Panel>
          </div>
        </div>
      </header>
      <BannerSlot />
      <main className="page" id="page" ref={main} tabIndex={-1}>
        {children}
      </main>
      <TicketDock view={view} isEnded={isEnded} />
    </div>
  );
}
