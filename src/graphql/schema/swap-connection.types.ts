import { Field, ObjectType } from 'type-graphql';
import type { SwapPage } from '../../swap/list.js';
import { Swap } from './swap.types.js';
import { toGraphql } from './to-graphql.js';

@ObjectType({ simpleResolvers: true, description: 'A swap in a list, with its cursor.' })
export class SwapEdge {
  @Field(() => String, { description: 'Pass it as `after` to get the swaps after this one.' })
  cursor!: string;

  @Field(() => Swap, { description: 'The swap.' })
  node!: Swap;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Position of a page in its list, as in the Relay specification.',
})
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are older swaps.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: 'Whether the page was requested with a cursor, so that newer swaps precede it.',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first swap of the page; null when it is empty.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last swap of the page; null when it is empty.',
  })
  endCursor!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of swaps, newest first.' })
export class SwapConnection {
  @Field(() => [SwapEdge], { description: 'The swaps with their cursors.' })
  edges!: SwapEdge[];

  @Field(() => [Swap], { description: 'The swaps alone.' })
  nodes!: Swap[];

  @Field(() => PageInfo, { description: 'Position of the page in the list.' })
  pageInfo!: PageInfo;
}

/** Maps a page to its schema type. */
export function toSwapConnection({ edges, hasNextPage, hasPreviousPage }: SwapPage): SwapConnection {
  const swapEdges = edges.map(({ cursor, view }) => ({ cursor, node: toGraphql(view) }));
  return {
    edges: swapEdges,
    nodes: swapEdges.map(({ node }) => node),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: swapEdges.at(0)?.cursor ?? null,
      endCursor: swapEdges.at(-1)?.cursor ?? null,
    },
  };
}
