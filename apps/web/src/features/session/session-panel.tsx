import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { isLetter, isText, watchTyping } from "./is-typing.ts";
import "./session-panel.css";

export type SessionPanelProps = {
  /** What it is about; another panel begins anew. */
  title: string;
  /** What happened and what happens next: read out when the panel comes. */
  says: ReactNode;
  children: ReactNode;
  /** Escape, or the way out that the panel offers. */
  onDismiss: () => void;
};

/**
 * The panel that asks something about the session, at the side of a page that stays readable.
 *
 * It is a modal alert dialog whose first button (`data-main`) has the focus. To somebody who is typing it only shows itself
 * at first: the focus stays in the text until they pause, and a letter typed afterwards goes to the text, too. When it
 * closes, the focus is back where it was.
 */
export function SessionPanel({ title, says, children, onDismiss }: SessionPanelProps) {
  const heading = useId();
  const description = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isModal, setModal] = useState(false);

  useLayoutEffect(() => {
    const panel = dialog.current;
    if (panel === null) return undefined;
    const typing = watchTyping(document);
    const hasCaret = isText(document.activeElement);
    let cancel = () => {};
    let restoreCaret = () => {};

    function beModal(): void {
      restoreCaret = rememberCaret(document.activeElement);
      panel?.removeAttribute("open");
      panel?.showModal();
      panel?.querySelector<HTMLElement>("[data-main]")?.focus();
      setModal(true);
    }

    function standBeside(): void {
      // Not `show()`, which would take the focus.
      panel?.setAttribute("open", "");
      setModal(false);
      typing.touch();
      cancel = typing.whenPaused(beModal);
    }

    function onKeyDown(event: KeyboardEvent): void {
      if (!panel?.matches(":modal") || !hasCaret || !isLetter(event)) return;
      // Closing gives the focus back to the text before the letter arrives.
      panel.close();
      restoreCaret();
      standBeside();
    }

    if (hasCaret) standBeside();
    else beModal();
    panel.addEventListener("keydown", onKeyDown);
    return () => {
      cancel();
      typing.stop();
      panel.removeEventListener("keydown", onKeyDown);
      panel.close();
      restoreCaret();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      className="session-panel"
      role="alertdialog"
      aria-modal={isModal}
      aria-labelledby={heading}
      aria-describedby={description}
      onCancel={(event) => {
        event.preventDefault();
        onDismiss();
      }}
    >
      <h2 id={heading}>{title}</h2>
      <div id={description} className="says" role="alert">
        {says}
      </div>
      {children}
    </dialog>
  );
}

/** A dialog gives the focus back when it closes, but not the place in the text. */
function rememberCaret(element: Element | null): () => void {
  if (!isText(element)) return () => {};
  const { selectionStart, selectionEnd, selectionDirection } = element;
  return () => {
    element.focus({ preventScroll: true });
    element.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? "none");
  };
}
