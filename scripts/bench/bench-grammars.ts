const jsonRules = String.raw`
value  ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" (string ": " value (", " string ": " value)*)? "}"
array  ::= "[" (value (", " value)*)? "]"
string ::= "\"" char* "\""
char   ::= [^"\\\x00-\x1f\x7f] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?
`;

const values = Array.from({ length: 500 }, (_, index) => `"\\"value-${(index * 7919) % 1000}-${index}\\""`);

/** Grammars of the kinds that schemas and tools give. */
export const benchGrammars: Readonly<Record<string, string>> = {
  'JSON object': `root ::= object\n${jsonRules}`,
  'enum of 500 values': `root ::= ${values.join(' | ')}`,
  'maxLength 2000': `root ::= "\\"" char{0,2000} "\\""\n${jsonRules}`,
  'nested schema': String.raw`root ::= "{\"name\": " string ", \"tags\": " tags ", \"owner\": " owner "}"
tags ::= "[" (tag (", " tag){0,9})? "]"
tag ::= "\"" char{1,40} "\""
owner ::= "{\"id\": " number ", \"mail\": \"" [a-z0-9.]{1,64} "@" [a-z0-9.]{1,64} "\"" (", \"notes\": " string)? (", \"more\": " value)? "}"
${jsonRules}`,
  'recursive arrays': `root ::= array\n${jsonRules}`,
};
