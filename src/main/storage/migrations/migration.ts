/** One step of the schema. Steps are never changed after a release; the next change is a new step. */
export interface Migration {
  name: string;
  sql: string;
}
