// One query by one client: `node ask.js CLIENT SOURCE < query`, for tests/test_clients.py.
//
// Prints JSON: true or false for ASK; for SELECT a list of rows, for CONSTRUCT and DESCRIBE a list
// of triples, each an object whose values are [type, value, language or datatype].

import { text } from 'node:stream/consumers'
import { QueryEngine } from '@comunica/query-sparql'
import { SparqlEndpointFetcher } from 'fetch-sparql-endpoint'
import ParsingClient from 'sparql-http-client/ParsingClient.js'

const term = t => [t.termType, t.value, t.language || t.datatype?.value || '']
const row = entries => Object.fromEntries([...entries].map(([name, t]) => [name, term(t)]))
const triple = t => row(['subject', 'predicate', 'object'].map(part => [part, t[part]]))

const collect = async (stream, each) => {
  const found = []
  for await (const item of stream) found.push(each(item))
  return found
}

const comunica = source => {
  const engine = new QueryEngine()
  const context = { sources: [source] }
  const bindings = b => row([...b].map(([variable, t]) => [variable.value, t]))
  return {
    ASK: query => engine.queryBoolean(query, context),
    SELECT: async query => (await (await engine.queryBindings(query, context)).toArray()).map(bindings),
    CONSTRUCT: async query => (await (await engine.queryQuads(query, context)).toArray()).map(triple)
  }
}

const clients = {
  'comunica, endpoint': value => comunica({ type: 'sparql', value }),
  'comunica, document': value => comunica({ type: 'file', value }),
  'fetch-sparql-endpoint': endpoint => {
    const fetcher = new SparqlEndpointFetcher()
    return {
      ASK: query => fetcher.fetchAsk(endpoint, query),
      SELECT: async query => collect(await fetcher.fetchBindings(endpoint, query), b => row(Object.entries(b))),
      CONSTRUCT: async query => collect(await fetcher.fetchTriples(endpoint, query), triple)
    }
  },
  'sparql-http-client': endpointUrl => {
    const { query: by } = new ParsingClient({ endpointUrl })
    return {
      ASK: query => by.ask(query),
      SELECT: async query => (await by.select(query)).map(b => row(Object.entries(b))),
      CONSTRUCT: async query => [...await by.construct(query)].map(triple)
    }
  }
}

const [client, source] = process.argv.slice(2)
const query = await text(process.stdin)
const form = /^\s*(?:PREFIX[^>]*>\s*)*(ASK|SELECT|CONSTRUCT)/.exec(query)[1]
console.log(JSON.stringify(await clients[client](source)[form](query)))
