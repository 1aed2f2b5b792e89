import { GraphQLError, Lexer, OperationTypeNode, Source, TokenKind } from 'graphql';
import { maxTokens } from './limits.js';

const kinds: Record<string, OperationTypeNode> = {
  query: OperationTypeNode.QUERY,
  mutation: OperationTypeNode.MUTATION,
  subscription: OperationTypeNode.SUBSCRIPTION,
};
const openings = new Set<TokenKind>([TokenKind.BRACE_L, TokenKind.PAREN_L, TokenKind.BRACKET_L]);
const closings = new Set<TokenKind>([TokenKind.BRACE_R, TokenKind.PAREN_R, TokenKind.BRACKET_R]);

/**
 * The operation type (query, mutation, subscription) from a document's tokens alone, for decisions made before parsing.
 * Comments, strings, names and aliases are never mistaken for a keyword.
 *
 * @param operationName selects one of several operations; default: the first
 * @returns undefined if the text is not a document or exceeds the size limit
 */
export function kindOfOperation(text: string, operationName?: string): OperationTypeNode | undefined {
  const lexer = new Lexer(new Source(text));
  let first: OperationTypeNode | undefined;
  let depth = 0;
  let isInDefinition = false;
  try {
    for (let count = 0; count <= maxTokens; count += 1) {
      const { kind, value } = lexer.advance();
      if (kind === TokenKind.EOF) return first;
      if (!isInDefinition) {
        isInDefinition = true;
        const found = kind === TokenKind.BRACE_L ? OperationTypeNode.QUERY : kindOfKeyword(kind, value);
        if (found !== undefined) {
          const next = lexer.lookahead();
          const name = kind === TokenKind.NAME && next.kind === TokenKind.NAME ? next.value : undefined;
          if (operationName === undefined || name === operationName) return found;
          first ??= found;
        }
      }
      if (openings.has(kind)) depth += 1;
      if (closings.has(kind)) depth -= 1;
      // A definition ends with its selection set; braces in variables and directives are nested in parentheses.
      if (kind === TokenKind.BRACE_R && depth === 0) isInDefinition = false;
    }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
  }
  return undefined;
}

function kindOfKeyword(kind: TokenKind, value: string): OperationTypeNode | undefined {
  return kind === TokenKind.NAME && Object.hasOwn(kinds, value) ? kinds[value] : undefined;
}
