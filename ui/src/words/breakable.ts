// Where a long name may be broken: policies are called `AWSLambda_ReadOnlyAccess`.

/** The parts of a text between which a line may end, besides at its spaces. */
export const breakable = (text: string): string[] =>
  text.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[_/:.-])(?=\S)/u);
