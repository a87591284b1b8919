import { useRef, useState } from "react";

/** A command and the button that copies it, and says so; where copying is not allowed, it selects the command instead. */
export function CopyCommand({ command }: { command: string }) {
  const code = useRef<HTMLElement>(null);
  const [said, setSaid] = useState("");

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(command);
      setSaid("Copied.");
    } catch {
      // No clipboard here, or not for this page: the keyboard's own copy works on what is selected.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setSaid("Selected: copy it with the keyboard.");
    }
  }

  return (
    <div className="command">
      <code ref={code}>{command}</code>
      <button type="button" className="btn" onClick={() => void copy()} aria-label="Copy the command">
        Copy
      </button>
      <output>{said}</output>
    </div>
  );
}
