import type { Ref } from "react";

export type SearchFieldProps = {
  ref: Ref<HTMLInputElement>;
  text: string;
  placeholder: string;
  onChange: (text: string) => void;
};

/** The search over all notes. Escape and the button beside it clear it. */
export function SearchField({ ref, text, placeholder, onChange }: SearchFieldProps) {
  return (
    <search className="search">
      <input
        ref={ref}
        type="search"
        aria-label="Search notes"
        aria-keyshortcuts="/"
        placeholder={placeholder}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
          if (text === "") event.currentTarget.blur();
          else onChange("");
        }}
        autoComplete="off"
        spellCheck={false}
      />
      {text === "" ? null : (
        <button type="button" className="clear" onClick={() => onChange("")}>
          Clear<span className="vh"> the search</span>
        </button>
      )}
    </search>
  );
}
