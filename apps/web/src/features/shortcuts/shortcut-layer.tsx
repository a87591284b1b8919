import { useState } from "react";
import { loadPart } from "../../app/load-part.tsx";
import { SignOutChoices } from "../session/sign-out-choices.tsx";
import { ModalDialog } from "./modal-dialog.tsx";
import { useShortcuts } from "./use-shortcuts.ts";
import "./shortcuts.css";

const Palette = loadPart(() => import("./palette.tsx"));
const ShortcutHelp = loadPart(() => import("./shortcut-help.tsx"));

const NAMES = { palette: "Go anywhere", keys: "Keys", "sign-out": "Sign out" } as const;

/** The palette and what it leads to. */
export function ShortcutLayer() {
  const [open, setOpen] = useState<keyof typeof NAMES>();
  const close = () => setOpen(undefined);
  useShortcuts({ "mod+k": () => setOpen("palette"), "?": () => setOpen("keys") });
  if (open === undefined) return null;
  return (
    <ModalDialog
      key={open}
      className={open === "palette" ? "palette" : "keys"}
      aria-label={NAMES[open]}
      onClose={close}
    >
      {open === "palette" ? (
        <Palette onClose={close} onKeys={() => setOpen("keys")} onSignOut={() => setOpen("sign-out")} />
      ) : null}
      {open === "keys" ? <ShortcutHelp onClose={close} /> : null}
      {open === "sign-out" ? <SignOutChoices /> : null}
    </ModalDialog>
  );
}
