import type { ComponentProps } from "react";

export type GrowingTextProps = Omit<ComponentProps<"textarea">, "value"> & { value: string };

/** A text area as tall as its text: a hidden copy of the text holds the room. */
export function GrowingText({ className, value, ...rest }: GrowingTextProps) {
  return (
    <div className={className === undefined ? "grow" : `grow ${className}`} data-text={`${value} `}>
      <textarea rows={1} value={value} {...rest} />
    </div>
  );
}
