// A real language model behind the two protocols that clients speak: `server.mjs WEIGHTS PACKAGE`. Prints its port once the
// model is loaded. One thread: several that wait for each other are slower on a busy machine.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [weights, package_] = process.argv.slice(2);
const { getLlama, LlamaChatSession } = await import(pathToFileURL(package_));

const llama = await getLlama({ gpu: false, build: "never", progressLogs: false });
const model = await llama.loadModel({ modelPath: weights });
const context = await model.createContext({ contextSize: 4096, threads: 1 });
const NAME = "smollm2";

// One after the other, as there is one sequence. Whoever hangs up is not answered any further.
let before = Promise.resolve();
function chat(question) {
    const answer = before.then(() => answered(question));
    before = answer.catch(() => {});
    return answer;
}

async function answered({ messages, max, schema, signal }) {
    signal.throwIfAborted();
    const sequence = context.getSequence();
    try {
        const system = messages.filter(({ role }) => role === "system").map(({ content }) => content).join("\n");
        const prompt = messages.filter(({ role }) => role === "user").map(({ content }) => content).join("\n");
        const session = new LlamaChatSession({ contextSequence: sequence, systemPrompt: system });
        const grammar = schema && (await llama.createGrammarForJsonSchema(schema));
        const said = await session.promptWithMeta(prompt, { grammar, signal, maxTokens: max, temperature: 0 });
        return { text: said.responseText, reason: said.stopReason === "maxTokens" ? "length" : "stop" };
    } finally {
        sequence.dispose();
    }
}

const pages = {
    "GET /v1/models": () => ({ object: "list", data: [{ id: NAME, object: "model" }] }),
    "POST /v1/chat/completions": async ({ messages, max_tokens: max, response_format }, signal) => {
        const schema = response_format?.json_schema?.schema;
        const { text, reason } = await chat({ messages, max, schema, signal });
        return { id: "1", choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: reason }] };
    },
    "GET /api/tags": () => ({ models: [{ name: `${NAME}:latest`, model: `${NAME}:latest` }] }),
    "POST /api/chat": async ({ messages, options, format: schema }, signal) => {
        const { text, reason } = await chat({ messages, max: options?.num_predict, schema, signal });
        return { model: NAME, message: { role: "assistant", content: text }, done: true, done_reason: reason };
    },
};

// `/ollama` speaks the one protocol, `/openai` the other.
createServer(async (request, response) => {
    const [, kind, path] = request.url.match(/^\/(ollama|openai)(\/.*)$/) ?? [];
    const page = path?.startsWith(kind === "ollama" ? "/api/" : "/v1/") && pages[`${request.method} ${path}`];
    let text = "";
    for await (const piece of request) text += piece;
    const answer = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (!page) return answer(404, { error: "no such page" });
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    try {
        answer(200, await page(text && JSON.parse(text), gone.signal));
    } catch (error) {
        answer(500, { error: { message: String(error) } });
    }
}).listen(0, "127.0.0.1", function () {
    console.log(this.address().port);
});
