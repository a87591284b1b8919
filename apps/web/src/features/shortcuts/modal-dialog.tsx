import { useEffect, useRef, type ComponentProps } from "react";

/** Open and modal for as long as it is rendered; Escape and a click beside it ask for its end. */
export function ModalDialog(props: ComponentProps<"dialog"> & { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return <dialog ref={dialog} {...props} {...{ closedby: "any" }} />;
}
