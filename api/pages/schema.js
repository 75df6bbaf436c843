"use strict";
// Reads the OpenAPI document of this server and lets one try its operations; needs nothing else.

const el = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in node && key !== "list") node[key] = value; else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

let document_ = null;

// What stands between backticks is code; an empty line parts paragraphs.
const prose = (text) => (text || "").split(/\n\s*\n/).map((paragraph) => el("p", {},
  ...paragraph.split("`").map((part, number) => (number % 2 ? el("code", {}, part) : part))));

const resolved = (schema) => {
  if (!schema || !schema.$ref) return schema || {};
  return schema.$ref.split("/").slice(1).reduce((at, part) => at[part], document_);
};

const example = (given, depth = 0) => {
  const schema = resolved(given);
  if (schema.examples) return Array.isArray(schema.examples) ? schema.examples[0] : Object.values(schema.examples)[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choice = (schema.oneOf || schema.anyOf || schema.allOf || []).find((each) => each.type !== "null");
  if (choice) return example(choice, depth);
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== "null") : schema.type;
  if (depth > 6) return null;
  if (type === "object" || schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties || {}).map(([name, each]) => [name, example(each, depth + 1)]));
  }
  if (type === "array") return schema.items ? [example(schema.items, depth + 1)] : [];
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  if (type === "boolean") return false;
  return { uuid: "00000000-0000-0000-0000-000000000000", "date-time": new Date().toISOString() }[schema.format] ?? "";
};

const cookie = (name) => {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
};

const send = async (path, method, fields, body, output) => {
  let address = path;
  const query = new URLSearchParams();
  const headers = { "Accept-Language": document.getElementById("language").value };
  for (const { parameter, input } of fields) {
    if (!input.value) continue;
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (parameter.in === "query") query.append(parameter.name, input.value);
    else if (parameter.in === "header") headers[parameter.name] = input.value;
  }
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  else if (method === "post" && !headers["X-CSRF-Token"]) {
    const csrf = cookie("__Host-csrf") || cookie("csrf");
    if (csrf) headers["X-CSRF-Token"] = csrf;
  }
  if (body) headers["Content-Type"] = "application/json";
  const target = query.size ? `${address}?${query}` : address;
  output.textContent = "…";
  try {
    const answer = await fetch(target, { method: method.toUpperCase(), headers, body: body ? body.value : undefined });
    const shown = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const text = await answer.text();
    let content = text;
    try { content = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it is */ }
    output.textContent = `${answer.status} ${answer.statusText}\n${shown}\n\n${content}`;
  } catch (error) {
    output.textContent = String(error);
  }
};

const form = (path, method, operation) => {
  const inputs = (operation.parameters || []).map(resolved).map((parameter) => {
    const input = el("input", { placeholder: parameter.description || "", spellcheck: false });
    return { parameter, input };
  });
  const json = operation.requestBody?.content?.["application/json"];
  const body = json ? el("textarea", { value: JSON.stringify(example(json.schema), null, 2), spellcheck: false }) : null;
  const output = el("pre", { className: "asked" }, "");
  const button = el("button", { type: "submit" }, "Send");
  const fields = el("div", { className: "fields" }, ...inputs.map(({ parameter, input }) =>
    el("label", {}, `${parameter.name} (${parameter.in}${parameter.required ? ", required" : ""})`, input)));
  const whole = el("form", {}, fields, body, button, output);
  whole.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    send(path, method, inputs, body, output);
  });
  return whole;
};

const operationView = (path, method, operation) => {
  const answers = el("table", {}, el("tbody", {}, ...Object.entries(operation.responses).map(([status, answer]) =>
    el("tr", {}, el("td", {}, status), el("td", {}, ...prose(resolved(answer).description))))));
  const inside = el("div");
  const view = el("details", {},
    el("summary", {}, el("span", { className: `verb ${method}` }, method.toUpperCase()),
      el("span", { className: "path" }, path), el("span", {}, operation.summary || "")), inside);
  view.addEventListener("toggle", () => {
    if (!view.open || inside.childElementCount) return;
    inside.append(...prose(operation.description), form(path, method, operation), answers);
  }, { once: false });
  view.dataset.words = `${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
  return view;
};

const show = async () => {
  document_ = await (await fetch("/schema/openapi.json")).json();
  document.getElementById("about").append(...prose(document_.info.description));
  const groups = new Map();
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (!operation || !operation.responses) continue;
      const tag = (operation.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationView(path, method, operation));
    }
  }
  const main = document.getElementById("operations");
  main.replaceChildren(...[...groups].sort().map(([tag, views]) => el("section", {}, el("h2", {}, tag), ...views)));
  document.getElementById("search").addEventListener("input", (typed) => {
    const words = typed.target.value.toLowerCase().split(/\s+/);
    for (const view of main.querySelectorAll("details")) {
      view.hidden = !words.every((word) => view.dataset.words.includes(word));
    }
  });
};

document.getElementById("who").addEventListener("submit", (submitted) => submitted.preventDefault());
show();
