// Shows what /openapi.json says: one line for each call, its parameters and bodies behind it.

const api = await (await fetch('/openapi.json')).json();
const calls = document.querySelector('#calls');

const element = (name, ...children) => {
  const made = document.createElement(name);
  made.append(...children);
  return made;
};

/** A schema with what it refers to in its place, once. */
const resolved = (schema, depth = 0) => {
  const name = schema?.$ref?.split('/').at(-1);
  if (name) return depth > 4 ? name : resolved(api.components.schemas[name], depth + 1);
  if (Array.isArray(schema)) return schema.map((it) => resolved(it, depth));
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, it]) => [key, resolved(it, depth)]));
};

const shown = (value) => element('pre', JSON.stringify(resolved(value), null, 2));

for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, call] of Object.entries(methods)) {
    const line = element('summary', element('b', method), path, ' – ', call.summary ?? '');
    const details = element('details', line);
    if (call.parameters) details.append(element('h4', 'Parameters'), shown(call.parameters));
    const body = call.requestBody?.content?.['application/json']?.schema;
    if (body) details.append(element('h4', 'Body'), shown(body));
    for (const [status, answer] of Object.entries(call.responses)) {
      const schema = Object.values(answer.content ?? {})[0]?.schema;
      details.append(element('h4', `${status} ${answer.description ?? ''}`));
      if (schema) details.append(shown(schema));
    }
    calls.append(details);
  }
}
