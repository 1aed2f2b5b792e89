type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for a value of exactly this type: neither `any` nor `unknown` passes. */
export const exact =
  <Expected>() =>
  <Actual>(_value: Equal<Actual, Expected> extends true ? Actual : never): void =>
    undefined;
