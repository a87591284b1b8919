/** Whoever stops for this long isn't in the middle of a word. */
const PAUSE_MS = 1200;

/** Tells when somebody who is typing into a text pauses. */
export interface TypingWatch {
  /** Takes it that somebody is typing now, though no letter has come yet. */
  touch: () => void;
  /** Calls back once, when nobody has typed for a moment; at once where nobody does. */
  whenPaused: (then: () => void) => () => void;
  stop: () => void;
}

export function watchTyping(page: Document, now: () => number = Date.now): TypingWatch {
  let typedAt = Number.NEGATIVE_INFINITY;
  const onInput = (event: Event) => {
    if (isText(event.target)) typedAt = now();
  };
  page.addEventListener("input", onInput, true);
  const isTyping = () => now() - typedAt < PAUSE_MS && isText(page.activeElement);
  return {
    touch: () => void (typedAt = now()),
    whenPaused(then) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const look = () => {
        if (isTyping()) timer = setTimeout(look, typedAt + PAUSE_MS - now());
        else then();
      };
      look();
      return () => clearTimeout(timer);
    },
    stop: () => page.removeEventListener("input", onInput, true),
  };
}

/** Whether keys typed here become text. */
export function isText(target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement {
  if (target instanceof HTMLTextAreaElement) return true;
  return (
    target instanceof HTMLInputElement && /^(?:text|search|email|url|tel|password|number)$/.test(target.type)
  );
}

/** Whether a key types a letter: what a person means for the text that they were writing. */
export function isLetter({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;
}
