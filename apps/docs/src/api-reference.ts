import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { findEntryPoints } from "./entry-points.ts";
import { repositoryFolder } from "./repository.ts";
import { stageFolder } from "./stage-site.ts";

/** Writes the reference of all entries, made of their docstrings, into the staged site. @throws {Error} where the sources can't be read */
export async function writeApiReference(): Promise<void> {
  const entries = findEntryPoints();
  const options: Partial<TypeDocOptions & PluginOptions> = {
    entryPoints: entries.map(({ source }) => join(repositoryFolder, source)),
    tsconfig: fileURLToPath(new URL("../tsconfig.reference.json", import.meta.url)),
    plugin: ["typedoc-plugin-markdown"],
    out: join(stageFolder, "reference"),
    outputFileStrategy: "modules",
    entryFileName: "index",
    readme: "none",
    githubPages: false,
    basePath: repositoryFolder,
    pageTitleTemplates: {
      index: "API reference",
      module: ({ name }) => (name === "create-coatcheck" ? name : `@coatcheck/${name}`),
      member: ({ name }) => name,
    },
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    // Without these, its own idea of anchors counts: it isn't the generator's.
    useHTMLAnchors: true,
    expandObjects: false,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    propertiesFormat: "table",
    typeDeclarationFormat: "table",
    excludeExternals: true,
    excludePrivate: true,
    skipErrorChecking: true,
    logLevel: "Error",
  };
  const application = await Application.bootstrapWithPlugins(options);
  const project = await application.convert();
  if (project === undefined) throw new Error("The API reference can't be made: typedoc found no sources.");
  const names = new Map(entries.map(({ page, source }) => [source, page.replace(/\/$/, "")]));
  for (const entry of project.children ?? [])
    entry.name = names.get(entry.sources?.[0]?.fileName ?? "") ?? entry.name;
  // Where each thing is defined interests who changes it, and would stand between all lines.
  for (const reflection of Object.values(project.reflections))
    if (reflection.isDeclaration() || reflection.isSignature()) delete reflection.sources;
  await application.generateOutputs(project);
}
