import { z } from 'zod';

/**
 * A value that is read by a parser of the domain. Its issue says what is expected, whether the schema or the parser refuses the value.
 */
export function valueAs<Input extends z.ZodType, Value>(
  expected: string,
  schema: Input,
  parse: (input: z.output<Input>) => Value | undefined,
) {
  return schema.transform((input, context): Value => {
    const value = parse(input);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

/** A whole number from 1, also as a string of digits: the configuration file and shell scripts have no other. */
export function wholeNumber(what: string, most: number) {
  const expected = `${what}, a whole number from 1 to ${most}`;
  return valueAs(expected, z.union([z.number(), z.string()], { error: expected }), (value) => {
    if (typeof value === 'string' && !/^\d{1,15}$/.test(value)) return undefined;
    const number = Number(value);
    return Number.isInteger(number) && number >= 1 && number <= most ? number : undefined;
  }).meta({ description: expected });
}
