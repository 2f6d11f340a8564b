# shellcheck shell=bash disable=SC2034,SC2154
# The witness hears from the guests themselves, apart from the server under test: one line for each request, with the time.

witness_url=http://10.77.0.1:8099

witness_up() {
    cat > "$work/witness" << 'S'
#!/bin/sh
read -r request
printf '%s %s\n' "$(date +%s.%N)" "$request" >> "$1"
printf 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n'
S
    chmod +x "$work/witness"
    : > "$work/witness.log"
    become "$ns" socat "TCP-LISTEN:8099,bind=$server_ip,fork,reuseaddr,backlog=64" "EXEC:$work/witness $work/witness.log" &
    pids+=($!)
}

# testimony INDEX: what the guest said when it was up; nothing until then.
testimony() { grep -m1 "GET /up/$(mac_of "$1")" "$work/witness.log" || :; }

# fact INDEX NAME: one fact of its testimony.
fact() { testimony "$1" | sed -n "s/.*[?&]$2=\([^& ]*\).*/\1/p"; }
