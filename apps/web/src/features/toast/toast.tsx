import { createContext, type ReactNode, use, useCallback, useEffect, useState } from "react";
import "./toast.css";

const SHOW_MS = 8000;

type ToastWords = { text: string; action: { name: string; run: () => void } };
type Show = (toast: ToastWords) => void;

const ToastContext = createContext<Show | undefined>(undefined);

/** Shows one toast at a time, for what can be undone. */
export function ToastPlace({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<ToastWords & { id: number }>();
  const clear = useCallback(() => setToast(undefined), []);
  const [show] = useState<Show>(() => {
    let shown = 0;
    return (next: ToastWords) => setToast({ ...next, id: (shown += 1) });
  });
  return (
    <ToastContext value={show}>
      {children}
      <div className="toast-place" aria-live="polite">
        {toast === undefined ? null : <Toast key={toast.id} {...toast} onGone={clear} />}
      </div>
    </ToastContext>
  );
}

/** Says something that can be undone, for eight seconds. */
export function useToast(): Show {
  const show = use(ToastContext);
  if (show === undefined) throw new Error("There is no <ToastPlace> above this component.");
  return show;
}

function Toast({ text, action, onGone }: ToastWords & { onGone: () => void }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(onGone, SHOW_MS);
    return () => clearTimeout(timer);
  }, [held, onGone]);
  return (
    <div
      className="toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{text}</span>
      <button
        type="button"
        onClick={() => {
          action.run();
          onGone();
        }}
      >
        {action.name}
      </button>
    </div>
  );
}
