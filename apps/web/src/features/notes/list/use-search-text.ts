import { useEffect, useState } from "react";

const PAUSE_MS = 200;

/** What is typed into the search field, and the same after a short pause: what is asked for. */
export function useSearchText() {
  const [text, change] = useState("");
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), text === "" ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return { text, change, settled };
}
