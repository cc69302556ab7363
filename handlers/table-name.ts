/** The name of a table, which the stack puts into the function's environment. */
export function tableNameIn(variable: string): string {
  const name = process.env[variable];
  if (!name) throw new Error(`the environment variable ${variable} must name a table`);
  return name;
}
