import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType('Node', {
  description: 'An object with an id that is unique among all objects, as in the Relay specification.',
})
export abstract class Node {
  @Field(() => ID, { description: "The gateway's id; random." })
  id!: string;
}
