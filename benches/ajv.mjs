// ajv.mjs SCHEMA SECONDS DOCUMENT…: parses and judges documents by a schema that ajv has compiled; prints documents a second.
// Run from a folder whose node_modules holds ajv and ajv-formats; options are those of the comparison's own peer.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.cwd() + '/');
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const [schema, seconds, ...files] = process.argv.slice(2);
const ajv = new Ajv({ strict: false, allErrors: false, ownProperties: true, code: { optimize: 1 } });
addFormats(ajv);
const valid = ajv.compile(JSON.parse(fs.readFileSync(schema, 'utf8')));
const documents = files.map((file) => fs.readFileSync(file));
const one = (bytes) => valid(JSON.parse(bytes.toString('utf8')));
for (const bytes of documents) {
  if (!one(bytes)) throw new Error('a document is not valid: ' + JSON.stringify(valid.errors));
  const bent = JSON.parse(bytes.toString('utf8'));
  bent.credentialSubject = 7;
  if (valid(bent)) throw new Error('what is not valid is taken');
}
// As long once more, before it counts, for the compiler of the engine.
let judged = 0;
let begun = 0;
for (const span of [0.5, Number(seconds)]) {
  judged = 0;
  begun = performance.now();
  while (performance.now() - begun < span * 1000) {
    for (const bytes of documents) {
      if (!one(bytes)) throw new Error('a document is not valid');
      judged += 1;
    }
  }
}
console.log(Math.round(judged / (performance.now() - begun) * 1000));
