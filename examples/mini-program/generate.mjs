// Writes the types and the texts of the operations in `screens/`. With `--check` it only compares.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { codegen } from '@graphql-codegen/core'
import * as typescriptOperations from '@graphql-codegen/typescript-operations'
import { concatAST, parse, print, separateOperations, stripIgnoredCharacters } from 'graphql'

process.chdir(import.meta.dirname)
const schema = parse(readFileSync('../../schema.graphql', 'utf8'))
const documents = readdirSync('screens')
  .sort()
  .map((name) => ({ location: name, document: parse(readFileSync(`screens/${name}`, 'utf8')) }))

const types = await codegen({
  filename: 'operations.ts',
  schema,
  documents,
  config: {
    enumsAsTypes: true,
    disableDescriptions: true,
    strictScalars: true,
    scalars: { ID: 'string', Date: 'string', DateTime: 'string', Points: 'number', Upload: 'never' },
  },
  plugins: [{ operations: {} }],
  pluginMap: { operations: typescriptOperations },
})

const manifest = {}
const operations = []
for (const [name, document] of Object.entries(separateOperations(concatAST(documents.map((one) => one.document))))) {
  const text = stripIgnoredCharacters(print(document))
  const hash = createHash('sha256').update(text).digest('hex')
  const { operation } = document.definitions.find((one) => one.kind === 'OperationDefinition')
  const type = name + operation[0].toUpperCase() + operation.slice(1)
  manifest[hash] = text
  operations.push(`export const ${name}: Operation<${type}, ${type}Variables> = {\n  hash: '${hash}',\n  text: '${text}',\n}\n`)
}

const head = "// Written by generate.mjs. Do not edit it.\nimport type { Operation } from './client'\n\n"
const files = {
  'src/operations.ts': head + types + '\n' + operations.join(''),
  'documents.json': JSON.stringify(manifest, null, 1) + '\n',
}
for (const [name, text] of Object.entries(files)) {
  if (!process.argv.includes('--check')) writeFileSync(name, text)
  else if (readFileSync(name, 'utf8') !== text) throw new Error(`${name} is old: run \`npm run generate\``)
}
