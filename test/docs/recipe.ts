import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RecipeFile {
  name: string;
  text: string;
}

export interface Recipes {
  /** All files, including the programs. */
  files: RecipeFile[];
  /** Names of the programs, without ".ts". */
  programs: string[];
}

const block = /^```\w+ (file|recipe)=(\S+)\n(.*?)^```$/gms;

/** The recipes in `docs/clients.md`: "```ts recipe=NAME" is a program, "```LANGUAGE file=NAME" a file that programs share. */
export function readRecipes(): Recipes {
  const document = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8');
  const recipes: Recipes = { files: [], programs: [] };
  for (const [, kind, name = '', text = ''] of document.matchAll(block)) {
    const isProgram = kind === 'recipe';
    recipes.files.push({ name: isProgram ? `${name}.ts` : name, text });
    if (isProgram) recipes.programs.push(name);
  }
  return recipes;
}
