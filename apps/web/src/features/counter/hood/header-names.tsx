/** Names of headers as documents write them, each in one piece. */
export function HeaderNames({ names }: { names: readonly string[] }) {
  return (
    <ul className="header-names">
      {names.map((name) => (
        <li key={name}>{name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}</li>
      ))}
    </ul>
  );
}
