// Shows /openapi.json: operations by tag, and inside each what it takes and answers. Elements are made one by
// one and their text set as text: nothing is ever parsed as HTML.
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const SHOWN_BYTES_MAX = 200000;

// attributes: a function is a listener, true an attribute without a value; false and undefined leave it out.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ''));
  return made;
}

const one = (id) => document.getElementById(id);

// --- the document --------------------------------------------------------------------------------

let api;

function resolve(node) {
  let at = node;
  while (at?.$ref) at = at.$ref.slice(2).split('/').reduce((inner, key) => inner?.[key], api);
  return at ?? {};
}

function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method])
    .map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
      const ways = operation.security ?? [];
      return { id: operation.operationId, path, method, operation, parameters,
        scopes: Object.values(ways[0] ?? {}).flat(), takesToken: ways.some((way) => way.token) };
    }));
}

// --- schemas -------------------------------------------------------------------------------------

function typeOf(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(' | ');
  if (schema.oneOf ?? schema.anyOf) return (schema.oneOf ?? schema.anyOf).map((part) => typeOf(resolve(part))).join(' or ');
  const types = [schema.type ?? (schema.properties || schema.allOf ? 'object' : 'any value')].flat();
  return types.map((type) => (type === 'array' ? `list of ${typeOf(resolve(schema.items ?? {}))}` : type)).join(' or ');
}

const LIMITS = { format: 'format', pattern: 'pattern', minimum: 'from', maximum: 'to', minLength: 'length from', maxLength: 'length to',
  minItems: 'items from', maxItems: 'items to' };

function limitsOf(schema) {
  return Object.keys(LIMITS).filter((key) => schema[key] !== undefined).map((key) => `${LIMITS[key]} ${schema[key]}`).join(', ');
}

// The members of an object, also where it stands in a list or in a choice.
function membersOf(schema) {
  const parts = [schema, ...[schema.oneOf, schema.anyOf, schema.allOf].flat().filter(Boolean).map(resolve)];
  const found = parts.flatMap((part) => {
    const inner = part.items ? resolve(part.items) : part;
    return inner.properties ? Object.entries(inner.properties)
      .map(([name, member]) => ({ name, member: resolve(member), isRequired: (inner.required ?? []).includes(name) })) : [];
  });
  return [...new Map(found.map((row) => [row.name, row])).values()];
}

// Filled when it is opened: a schema may lead back to itself.
function lazily(details, fill) {
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(fill());
  });
  return details;
}

function memberList(schema) {
  return element('ul', { class: 'members' }, ...membersOf(schema).map(({ name, member, isRequired }) => {
    const about = [limitsOf(member), member.description].filter(Boolean).join('. ');
    const row = element('li', {}, element('code', {}, name), ' ', element('span', { class: 'faint' }, typeOf(member)), ' ',
      isRequired ? element('span', { class: 'required' }, 'required') : '', about && element('div', {}, about));
    if (membersOf(member).length > 0)
      row.append(lazily(element('details', {}, element('summary', {}, `members of ${name}`)), () => memberList(member)));
    return row;
  }));
}

function schemaView(schema) {
  const whole = resolve(schema);
  const about = [typeOf(whole), limitsOf(whole), whole.description].filter(Boolean).join('. ');
  if (membersOf(whole).length === 0) return element('p', { class: 'faint' }, about);
  return lazily(element('details', {}, element('summary', {}, `Schema: ${typeOf(whole)}`)),
    () => element('div', {}, whole.description ? element('p', {}, whole.description) : '', memberList(whole)));
}

// --- examples and curl ---------------------------------------------------------------------------

function exampleOf(content) {
  if (content?.example !== undefined) return content.example;
  const [first] = Object.values(content?.examples ?? {});
  return first ? resolve(first).value : undefined;
}

const laidOut = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf({ method, path, operation, scopes, takesToken }) {
  const parts = ['curl'];
  if (method !== 'get') parts.push(`-X ${method.toUpperCase()}`);
  if (takesToken) parts.push('-H "Authorization: Bearer $TOKEN"');
  else if (scopes.length > 0) parts.push('-b cookies.txt');
  if (!takesToken && scopes.length > 0 && method !== 'get') parts.push("-H 'Sec-Fetch-Site: same-origin'");
  const [[type, content] = []] = Object.entries(resolve(operation.requestBody).content ?? {});
  if (type) {
    const example = exampleOf(content) ?? {};
    parts.push(`-H ${quoted(`Content-Type: ${type}`)}`,
      `--data-binary ${quoted(typeof example === 'string' ? example : JSON.stringify(example))}`);
  }
  parts.push(quoted(`${location.origin}${path}`));
  return parts.join(' \\\n  ');
}

async function copy(text, block, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // Without TLS browsers lend no clipboard: select it, for the keyboard.
    getSelection().selectAllChildren(block);
    button.textContent = 'Selected: copy it';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 3000);
}

function copyable(text, label) {
  const block = element('pre', { tabindex: '0', 'aria-label': label }, text);
  return element('div', {}, block,
    element('button', { type: 'button', 'aria-label': `Copy: ${label}`, click: (event) => copy(text, block, event.currentTarget) }, 'Copy'));
}

// --- parts of an operation -----------------------------------------------------------------------

function parameterList(parameters) {
  if (parameters.length === 0) return '';
  return element('section', {}, element('h3', {}, 'Parameters'), element('ul', { class: 'members' },
    ...parameters.map((parameter) => {
      const schema = resolve(parameter.schema);
      const about = [limitsOf(schema), parameter.description].filter(Boolean).join('. ');
      return element('li', {}, element('code', {}, parameter.name), ' ',
        element('span', { class: 'faint' }, `in ${parameter.in}, ${typeOf(schema)}`), ' ',
        parameter.required ? element('span', { class: 'required' }, 'required') : '', about && element('div', {}, about));
    })));
}

function contentViews(content, label) {
  return Object.entries(content ?? {}).flatMap(([type, media]) => {
    const example = exampleOf(media);
    return [element('p', {}, element('code', {}, type)), media.schema ? schemaView(media.schema) : '',
      example === undefined ? '' : copyable(laidOut(example), `example of ${label}`)];
  });
}

function bodyPart(operation) {
  const body = resolve(operation.requestBody);
  if (!body.content) return '';
  return element('section', {}, element('h3', {}, 'Body'), body.description ? element('p', {}, body.description) : '',
    ...contentViews(body.content, 'the body'));
}

function headerList(headers) {
  return Object.entries(headers ?? {}).map(([name, header]) =>
    element('p', { class: 'faint' }, element('code', {}, name), ` ${resolve(header).description ?? ''}`));
}

function answerPart(operation) {
  return element('section', {}, element('h3', {}, 'Answers'), ...Object.entries(operation.responses).map(([status, answer]) => {
    const { description, content, headers } = resolve(answer);
    const isProblem = Boolean(content?.['application/problem+json']) && exampleOf(content['application/problem+json']) === undefined;
    return element('div', {}, element('p', {}, element('strong', {}, status), ` ${description}`),
      ...headerList(headers), ...(isProblem ? [] : contentViews(content, `answer ${status}`)));
  }));
}

// --- trying --------------------------------------------------------------------------------------

function targetOf(path, fields) {
  const query = new URLSearchParams();
  let target = path;
  for (const { parameter, input } of fields) {
    const value = input.value.trim();
    if (parameter.in === 'path') target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value !== '') query.set(parameter.name, value);
  }
  return query.size > 0 ? `${target}?${query}` : target;
}

// As it comes: a stream of events has no end of its own.
async function readInto(response, output) {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const head = output.textContent;
  let text = '';
  for (;;) {
    const { done, value } = reader ? await reader.read() : { done: true };
    text += value ? decoder.decode(value, { stream: true }) : decoder.decode();
    if (text.length > SHOWN_BYTES_MAX) {
      output.textContent = `${head}${text.slice(0, SHOWN_BYTES_MAX)}\n... there is more`;
      await reader.cancel();
      return;
    }
    output.textContent = head + text;
    if (done) break;
  }
  if (/[/+]json/.test(response.headers.get('content-type') ?? '') && text !== '')
    output.textContent = head + laidOut(JSON.parse(text));
}

async function ask(target, output, signal) {
  const token = one('token').value.trim();
  output.hidden = false;
  output.textContent = `GET ${target}\n`;
  try {
    const response = await fetch(target, { signal, cache: 'no-store', credentials: 'same-origin',
      headers: token ? { Authorization: `Bearer ${token}` } : {} });
    output.textContent += `${response.status} ${response.statusText}\n\n`;
    await readInto(response, output);
  } catch (error) {
    output.textContent += error.name === 'AbortError' ? '\n... stopped' : `\n${error.message}`;
  }
}

function tryPart({ method, path, parameters }) {
  if (method !== 'get') return '';
  const fields = parameters.filter((parameter) => parameter.in !== 'header').map((parameter) => ({ parameter,
    input: element('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', required: parameter.required }) }));
  const output = element('pre', { role: 'status', tabindex: '0', 'aria-label': 'the answer', hidden: true });
  const stop = element('button', { type: 'button', hidden: true }, 'Stop');
  const send = element('button', { type: 'button' }, 'Send');
  send.addEventListener('click', async () => {
    const missing = fields.find(({ input }) => !input.reportValidity());
    if (missing) return;
    const controller = new AbortController();
    stop.onclick = () => controller.abort();
    send.disabled = true;
    stop.hidden = false;
    await ask(targetOf(path, fields), output, controller.signal);
    send.disabled = false;
    stop.hidden = true;
  });
  return element('section', {}, element('h3', {}, 'Try it'),
    element('div', { class: 'try' }, ...fields.map(({ parameter, input }) => element('label', {}, parameter.name, input)),
      element('div', {}, send, ' ', stop)), output);
}

// --- the page ------------------------------------------------------------------------------------

function whoMay(scopes) {
  if (scopes.length === 0) return 'Open to all';
  return scopes.includes('self') ? 'For whoever has logged in' : `Scope: ${scopes.join(' and ')}`;
}

function operationView(row) {
  const { id, method, path, operation, scopes } = row;
  const details = element('details', { class: 'operation', id },
    element('summary', {}, element('span', { class: `method ${method}` }, method.toUpperCase()),
      element('span', { class: 'path' }, path), element('span', { class: 'said' }, operation.summary ?? '')));
  return lazily(details, () => element('div', { class: 'inside' },
    element('p', {}, whoMay(scopes)),
    operation.description ? element('p', {}, operation.description) : '',
    parameterList(row.parameters), bodyPart(operation), answerPart(operation),
    element('section', {}, element('h3', {}, 'curl'), copyable(curlOf(row), `curl for ${method.toUpperCase()} ${path}`)),
    tryPart(row)));
}

function tagView(tag, rows) {
  return element('section', {}, element('h2', {}, tag.name), element('p', { class: 'about' }, tag.description ?? ''),
    ...rows.map(operationView));
}

function contentsOf(groups) {
  return groups.flatMap(([tag, rows]) => [element('h2', {}, tag.name), element('ul', {}, ...rows.map((row) =>
    element('li', { 'data-for': row.id }, element('a', { href: `#${row.id}` }, row.operation.summary ?? row.id))))]);
}

async function problemsView() {
  const { items } = await (await fetch('/docs/problems')).json();
  return element('section', {}, element('h2', { id: 'problems' }, 'Problems'),
    element('p', { class: 'about' }, 'What is wrong is told as application/problem+json; go by status and code.'),
    element('ul', {}, ...items.map(({ type, code, status, title }) =>
      element('li', {}, element('a', { href: type }, code), ` ${status}. ${title}.`))));
}

function openNamed() {
  const named = one(decodeURIComponent(location.hash.slice(1)));
  if (named?.localName !== 'details') return;
  named.open = true;
  named.scrollIntoView();
  named.firstElementChild.focus();
}

function find(rows, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const { id, path, method, operation, scopes } of rows) {
    const all = [id, path, method, operation.summary, operation.description, ...operation.tags, ...scopes].join(' ').toLowerCase();
    const isHidden = !words.every((word) => all.includes(word));
    one(id).hidden = isHidden;
    document.querySelector(`[data-for="${id}"]`).hidden = isHidden;
  }
  for (const group of document.querySelectorAll('main > section'))
    group.hidden = Boolean(group.querySelector('.operation')) && !group.querySelector('.operation:not([hidden])');
}

async function show() {
  const response = await fetch('/openapi.json');
  if (!response.ok) throw new Error(`openapi.json: ${response.status}`);
  api = await response.json();
  const rows = operationsOf(api);
  const groups = api.tags.map((tag) => [tag, rows.filter(({ operation }) => operation.tags.includes(tag.name))]);
  one('about').textContent = api.info.description;
  one('contents').replaceChildren(...contentsOf(groups));
  one('operations').replaceChildren(...groups.map(([tag, members]) => tagView(tag, members)), await problemsView());
  one('find').addEventListener('input', (event) => find(rows, event.currentTarget.value));
  addEventListener('hashchange', openNamed);
  openNamed();
}

show().catch((error) => { one('state').textContent = `It cannot be shown: ${error.message}`; });
