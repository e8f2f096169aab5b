// Queries by one client: `node ask.js CLIENT < CASES`, for tests/test_clients.py.
//
// CASES is a list of { source, form, query, accept, method } in JSON; accept and method are null
// where the client chooses. Prints a list of what each gave, in order: true or false for ASK; for
// SELECT a list of rows, for CONSTRUCT and DESCRIBE a list of triples, each an object whose values
// are [type, value, language or datatype]; text where the client gives the answer as it came; or
// { error } .

import { text } from 'node:stream/consumers'

const term = t => [t.termType, t.value, t.language || t.datatype?.value || '']
const row = entries => Object.fromEntries([...entries].map(([name, t]) => [name, term(t)]))
const triple = t => row(['subject', 'predicate', 'object'].map(part => [part, t[part]]))

const collect = async (stream, each) => {
  const found = []
  for await (const item of stream) found.push(each(item))
  return found
}

const comunica = async type => {
  const { QueryEngine } = await import('@comunica/query-sparql')
  const engine = new QueryEngine()
  const bindings = b => row([...b].map(([variable, t]) => [variable.value, t]))
  const triples = async (query, context) => (await (await engine.queryQuads(query, context)).toArray()).map(triple)
  const by = {
    ASK: (query, context) => engine.queryBoolean(query, context),
    SELECT: async (query, context) => (await (await engine.queryBindings(query, context)).toArray()).map(bindings),
    CONSTRUCT: triples,
    DESCRIBE: triples
  }
  return ({ source, form, query }) => by[form](query, { sources: [{ type, value: source }] })
}

const clients = {
  'comunica, endpoint': () => comunica('sparql'),
  'comunica, document': () => comunica('file'),
  'fetch-sparql-endpoint': async () => {
    const { SparqlEndpointFetcher } = await import('fetch-sparql-endpoint')
    const by = {
      ASK: (fetcher, source, query) => fetcher.fetchAsk(source, query),
      SELECT: async (fetcher, source, query) =>
        collect(await fetcher.fetchBindings(source, query), b => row(Object.entries(b))),
      CONSTRUCT: async (fetcher, source, query) => collect(await fetcher.fetchTriples(source, query), triple)
    }
    const settings = {
      GET: { method: 'GET' },
      form: { method: 'POST' },
      direct: { method: 'POST', directPost: true }
    }
    return async ({ source, form, query, accept, method }) => {
      const fetcher = new SparqlEndpointFetcher(settings[method] ?? {})
      if (!accept) return by[form === 'DESCRIBE' ? 'CONSTRUCT' : form](fetcher, source, query)
      const [type, stream] = await fetcher.fetchRawStream(source, query, accept)
      const parser = fetcher.sparqlParsers[type.split(';')[0]]
      if (!parser) return text(stream)
      if (form === 'ASK') return parser.parseBooleanStream(stream)
      return collect(parser.parseResultsStream(stream), b => row(Object.entries(b)))
    }
  },
  'sparql-http-client': async () => {
    const { default: ParsingClient } = await import('sparql-http-client/ParsingClient.js')
    const { default: SimpleClient } = await import('sparql-http-client/SimpleClient.js')
    const by = {
      ASK: (query, ...more) => query.ask(...more),
      SELECT: async (query, ...more) => (await query.select(...more)).map(b => row(Object.entries(b))),
      CONSTRUCT: async (query, ...more) => [...await query.construct(...more)].map(triple)
    }
    const operations = { GET: 'get', form: 'postUrlencoded', direct: 'postDirect' }
    return async ({ source, form, query, accept, method }) => {
      const kind = form === 'DESCRIBE' ? 'CONSTRUCT' : form
      const operation = operations[method]
      if (!accept) return by[kind](new ParsingClient({ endpointUrl: source }).query, query, { operation })
      const raw = new SimpleClient({ endpointUrl: source }).query
      const headers = new Headers({ accept })
      const answer = await raw[kind.toLowerCase()](query, { operation, headers })
      if (!answer.ok) throw new Error(`${answer.status}`)
      return answer.text()
    }
  }
}

const ask = await clients[process.argv[2]]()
const found = []
for (const one of JSON.parse(await text(process.stdin))) {
  try {
    found.push(await ask(one))
  } catch (error) {
    found.push({ error: String(error) })
  }
}
console.log(JSON.stringify(found))
