import { useEffect, useState } from "react";
import { loadPart } from "../../app/load-part.tsx";
import { SignOutChoices } from "../session/sign-out-choices.tsx";
import { ModalDialog } from "./modal-dialog.tsx";
import { useShortcuts } from "./use-shortcuts.ts";
import "./shortcuts.css";

const fetchPalette = () => import("./palette.tsx");
const fetchHelp = () => import("./shortcut-help.tsx");
const Palette = loadPart(fetchPalette);
const ShortcutHelp = loadPart(fetchHelp);

const NAMES = { palette: "Go anywhere", keys: "Keys", "sign-out": "Sign out" } as const;

/** The palette and what it leads to. */
export function ShortcutLayer() {
  const [open, setOpen] = useState<keyof typeof NAMES>();
  const close = () => setOpen(undefined);
  useShortcuts({ "mod+k": () => setOpen("palette"), "?": () => setOpen("keys") });
  useEffect(() => {
    // Beside the first page, so that the first key finds them there, offline, too.
    Promise.all([fetchPalette(), fetchHelp()]).catch(() => undefined);
  }, []);
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
