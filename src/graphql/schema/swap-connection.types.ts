import { Field, ObjectType } from 'type-graphql';
import type { SwapPage } from '../../swap/list.js';
import { Swap } from './swap.types.js';
import { toGraphql } from './to-graphql.js';

@ObjectType({ simpleResolvers: true, description: 'A swap in a list, with the place where it stands.' })
export class SwapEdge {
  @Field(() => String, { description: 'Give it as `after` to get what follows.' })
  cursor!: string;

  @Field(() => Swap, { description: 'The swap.' })
  node!: Swap;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Where a page stands in its list, as in the Relay specification.',
})
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are older swaps.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: 'Whether the page was asked for by a cursor, so that newer swaps came before it.',
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

  @Field(() => PageInfo, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfo;
}

/** A page in the form of the schema. */
export function toSwapConnection({ edges, hasNextPage, hasPreviousPage }: SwapPage): SwapConnection {
  const presented = edges.map(({ cursor, view }) => ({ cursor, node: toGraphql(view) }));
  return {
    edges: presented,
    nodes: presented.map(({ node }) => node),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: presented.at(0)?.cursor ?? null,
      endCursor: presented.at(-1)?.cursor ?? null,
    },
  };
}
