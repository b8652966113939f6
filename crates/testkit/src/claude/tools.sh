#!/bin/sh
# An MCP server on standard input and output: `tools.sh LOG NAME...`. Each call of a tool is a line of LOG.
log=$1
shift
tools=
for name; do
    tools="$tools${tools:+,}{\"name\":\"$name\",\"description\":\"Takes a note.\","
    tools="$tools\"inputSchema\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}}}}"
done
answer() {
    id=${line##*\"id\":}
    printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "${id%%[,\}]*}" "$1"
}
while IFS= read -r line; do
    case $line in
    *'"method":"initialize"'*)
        version=${line#*\"protocolVersion\":\"}
        capable='"capabilities":{"tools":{}},"serverInfo":{"name":"kit","version":"1"}'
        answer "{\"protocolVersion\":\"${version%%\"*}\",$capable}"
        ;;
    *'"method":"tools/list"'*) answer "{\"tools\":[$tools]}" ;;
    *'"method":"tools/call"'*)
        printf '%s\n' "$line" >>"$log"
        answer '{"content":[{"type":"text","text":"noted"}]}'
        ;;
    *'"method":"notifications/'*) ;;
    *'"method":'*) answer '{}' ;;
    esac
done
