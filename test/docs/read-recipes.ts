import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RecipeFile {
  name: string;
  text: string;
}

export interface Recipes {
  /** Files that all pages share. */
  shared: RecipeFile[];
  /** A recipe's own files, by its name. */
  own: Map<string, RecipeFile[]>;
}

const block = /^```\w+ (?:recipe=(\S+) )?file=(\S+)\n(.*?)^```$/gms;

/** The recipes in `docs/clients.md`: "```LANGUAGE recipe=NAME file=PATH", or without `recipe` a file that all pages share. */
export function readRecipes(): Recipes {
  const document = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8');
  const recipes: Recipes = { shared: [], own: new Map() };
  for (const [, recipe, name = '', text = ''] of document.matchAll(block)) {
    if (recipe === undefined) recipes.shared.push({ name, text });
    else recipes.own.set(recipe, [...(recipes.own.get(recipe) ?? []), { name, text }]);
  }
  return recipes;
}
