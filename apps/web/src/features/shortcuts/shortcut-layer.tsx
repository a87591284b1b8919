import { lazy, Suspense, useState } from "react";
import { SignOutChoices } from "../session/sign-out-choices.tsx";
import { ModalDialog } from "./modal-dialog.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

const Palette = lazy(() => import("./palette.tsx"));
const ShortcutHelp = lazy(() => import("./shortcut-help.tsx"));

/** The palette and the list of keys, loaded when somebody asks for them. */
export function ShortcutLayer() {
  const [open, setOpen] = useState<"palette" | "keys" | "sign-out">();
  const close = () => setOpen(undefined);
  useShortcuts({ "mod+k": () => setOpen("palette"), "?": () => setOpen("keys") });
  return (
    <Suspense fallback={null}>
      {open === "palette" ? (
        <Palette onClose={close} onKeys={() => setOpen("keys")} onSignOut={() => setOpen("sign-out")} />
      ) : null}
      {open === "keys" ? <ShortcutHelp onClose={close} /> : null}
      {open === "sign-out" ? (
        <ModalDialog className="keys" aria-label="Sign out" onClose={close}>
          <SignOutChoices />
        </ModalDialog>
      ) : null}
    </Suspense>
  );
}
