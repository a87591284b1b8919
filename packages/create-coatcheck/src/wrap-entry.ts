/**
 * Puts our provider around the app in the entry of a React page.
 *
 * @returns the new source, in the quotes and with the semicolons of the old one; `undefined`: it isn't written as Vite's
 *   templates write it
 */
export function wrapEntry(source: string): string | undefined {
  if (source.includes("CoatcheckProvider")) return source;
  const apps = [...source.matchAll(/^([ \t]*)<App \/>/gmu)];
  const imports = [...source.matchAll(/^import .*$/gmu)];
  const [app] = apps;
  const last = imports.at(-1);
  if (app === undefined || apps.length > 1 || last === undefined || !source.includes("createRoot("))
    return undefined;
  const quote = /from '/u.test(source) ? "'" : '"';
  const end = /^import .*;$/mu.test(source) ? ";" : "";
  const [line, indent = ""] = app;
  const step = indent.includes("\t") ? "\t" : "  ";
  const wrapped = `${indent}<CoatcheckProvider client={client}>\n${step}${line}\n${indent}</CoatcheckProvider>`;
  const importsEnd = last.index + last[0].length;
  const added = [
    `import { createClient } from ${quote}@coatcheck/client${quote}${end}`,
    `import { CoatcheckProvider } from ${quote}@coatcheck/react${quote}${end}`,
    "",
    `const client = createClient()${end}`,
  ].join("\n");
  return `${source.slice(0, importsEnd)}\n${added}${source.slice(importsEnd, app.index)}${wrapped}${source.slice(
    app.index + line.length,
  )}`;
}
