// The grammars of grammar/*.tmLanguage.json in the engine that editors use.
//
//     npm install --prefix ~/tm vscode-textmate vscode-oniguruma tm-grammars
//     NODE_PATH=~/tm/node_modules node tests/editor/tokens.mjs
//
// Tokenises the prelude, every peer and every example, and fails where a letter of an expression
// has no scope of ours, or a chosen word has the wrong one.
import { createRequire } from "node:module";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(join(process.env.NODE_PATH, "x.js"));
const { loadWASM, OnigScanner, OnigString } = require("vscode-oniguruma");
const { Registry, parseRawGrammar, INITIAL } = require("vscode-textmate");
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
await loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);

const grammars = join(process.env.NODE_PATH, "tm-grammars/grammars");
const FILES = {
    "source.schedc": join(root, "grammar/schedc.tmLanguage.json"),
    "source.schedc.yaml": join(root, "grammar/schedc.yaml.tmLanguage.json"),
};
for (const name of readdirSync(grammars).filter((n) => n.startsWith("yaml"))) {
    const scope = JSON.parse(readFileSync(join(grammars, name), "utf8")).scopeName;
    FILES[scope] = join(grammars, name);
}
const registry = new Registry({
    onigLib: Promise.resolve({
        createOnigScanner: (patterns) => new OnigScanner(patterns),
        createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: async (scope) =>
        FILES[scope] ? parseRawGrammar(readFileSync(FILES[scope], "utf8"), FILES[scope]) : null,
    getInjections: (scope) => (scope === "source.yaml" ? ["source.schedc.yaml"] : []),
});

function* tokens(grammar, text) {
    let stack = INITIAL;
    for (const [number, line] of text.split("\n").entries()) {
        const found = grammar.tokenizeLine(line, stack);
        stack = found.ruleStack;
        for (const token of found.tokens) {
            const part = line.slice(token.startIndex, token.endIndex);
            yield { line: number + 1, text: part, scopes: token.scopes };
        }
    }
}

let faults = 0;
let seen = 0;
const fail = (place, token, why) => {
    faults += 1;
    console.log(`${place}:${token.line}: ${JSON.stringify(token.text)} ${why}: ${token.scopes.join(" ")}`);
};
const ours = (token) => token.scopes.some((s) => s.endsWith(".schedc") && s !== "source.schedc");
const has = (token, scope) => token.scopes.some((s) => s.startsWith(scope));

const sched = await registry.loadGrammar("source.schedc");
const peers = readdirSync(join(root, "grammar/peers")).map((name) => join("grammar/peers", name));
for (const file of ["grammar/prelude.sched", ...peers]) {
    for (const token of tokens(sched, readFileSync(join(root, file), "utf8"))) {
        seen += 1;
        if (token.text.trim() && !ours(token)) fail(file, token, "has no scope");
    }
}
const yaml = await registry.loadGrammar("source.yaml");
const examples = readdirSync(join(root, "examples"), { recursive: true });
for (const file of examples.filter((name) => name.endsWith(".yaml"))) {
    const text = readFileSync(join(root, "examples", file), "utf8");
    if (!/^ *schedules:/m.test(text)) continue; // no block: nothing is ours
    const all = [...tokens(yaml, text)];
    seen += all.length;
    const joins = all.filter((token) => token.text.includes(">>") && !has(token, "comment"));
    for (const token of joins) if (!has(token, "keyword.operator.join.schedc")) fail(file, token, "is no join");
    if (!all.some(ours)) fail(file, all[0], "no expression seen");
}

const SAMPLE = `# a file
model: {layers: 12, note: "linear(0→1) >> x"}
run: {steps: 10_000}
define: |
  ## Gentle.  [nobody]
  curve gentle(power = 2) = from + (to - from) * u^power  requires power > 0
let:
  peak: 1e-3  # the peak
schedules:
  lr: linear(0→peak, 500 steps) >>! constant >> transformers.cosine(cycles=0.5)
  momentum: >-
    linear(0.85→0.95, 10%)
    >> gentle
groups:
  - {match: "blocks.{i}.*", lr: 0.9^(11 - i) * lr}
after: cosine(1→0)
`;
const expected = [
    ["linear", 2, null], ["gentle", 6, "entity.name.function.definition"], ["requires", 6, "keyword.control"],
    ["[nobody]", 5, "string.other.source"], ["1e-3", 8, "constant.numeric"], ["peak", 10, "variable.other"],
    ["steps", 10, "keyword.other.unit"], [">>!", 10, "keyword.operator.join"],
    ["constant", 10, "entity.name.function"], ["transformers.cosine", 10, "entity.name.function"],
    ["cycles", 10, "variable.parameter"], ["%", 12, "keyword.other.unit"], ["gentle", 13, "entity.name.function"],
    ['"blocks.{i}.*"', 15, "string.regexp"], ["0.9", 15, "constant.numeric"], ["lr", 10, "entity.name.tag"],
    ["→", 10, "keyword.operator.range"],
];
const all = [...tokens(yaml, SAMPLE)];
for (const [text, line, scope] of expected) {
    const found = all.filter((t) => t.line === line && t.text === text);
    if (scope === null) {
        const touched = all.filter((t) => t.line === line && t.scopes.some((s) => s.endsWith(".schedc")));
        for (const token of touched) fail("sample", token, "belongs to somebody else");
    } else if (!found.some((token) => has(token, scope))) {
        const there = all.filter((t) => t.line === line).map((t) => `${t.text} <${t.scopes.at(-1)}>`);
        fail("sample", { line, text, scopes: there }, `is no ${scope}`);
    }
}
for (const token of all.filter((t) => t.line === 16 && ours(t))) fail("sample", token, "is not ours");
console.log(`${seen} tokens, ${faults} faults`);
process.exit(faults ? 1 : 0);
