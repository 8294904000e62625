#!/bin/sh
# log_daemons.sh journald|rsyslogd LOG_ALERT: runs the real log daemon with
# sockets of its own, has LOG_ALERT tell it one alert at the paths it would use
# in earnest, and checks what the daemon made of it. Exit 77: cannot run here.
set -eu
daemon=$1
log_alert=$2
directory=$(mktemp -d)
started=

leave() {
	if [ -n "$started" ]; then
		kill "$started" 2>/dev/null || true
		wait "$started" 2>/dev/null || true
	fi
	rm -rf "$directory"
}
trap leave EXIT

skip() {
	echo "SKIPPED: $*"
	exit 77
}

fail() {
	echo "failed: $*" >&2
	exit 1
}

# Until something happens to the daemon's files, or for a second: it may have
# happened just before.
watch() {
	inotifywait -qq -r -t 1 -e create,modify,moved_to --exclude found \
		"$directory" || true
}

# What the daemon wrote, once it has: it writes when it likes.
await() {
	tries=0
	until "$@" >"$directory/found" && [ -s "$directory/found" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "the log did not get the alert"
		watch
	done 2>/dev/null
}

expect() {
	grep -qF -- "$1" "$directory/found" || {
		cat "$directory/found" >&2
		fail "no $1 in it"
	}
}

refuse() {
	! grep -qE -- "$1" "$directory/found" || {
		cat "$directory/found" >&2
		fail "$1 in it"
	}
}

try_journald() {
	journald=/lib/systemd/systemd-journald
	[ -x $journald ] || skip "no systemd-journald"
	[ "$(id -u)" -eq 0 ] || skip "journald wants root"
	mkdir "$directory/run" "$directory/log"
	mkdir -p "$directory/run/systemd/journal"
	bwrap --bind / / --dev /dev --proc /proc --unshare-pid \
		--bind "$directory/run" /run --bind "$directory/log" /var/log \
		--die-with-parent $journald 2>"$directory/errors" &
	started=$!
	# No argument: it has to find journald by itself.
	bwrap --bind / / --dev /dev --tmpfs /run --ro-bind \
		"$directory/run/systemd/journal" /run/systemd/journal \
		"$log_alert" || fail "journald did not take it"
	await journalctl -q -D "$directory/run/log/journal" -o export \
		MESSAGE_ID=54175343f1714068a864d4c0deeea6b7
	expect 'MESSAGE=EXTREME LIKELY crossed mass-casualty minsk-1: Попасна: 6 killed\x0a<0>all is well (truced-1a2b3c4d-420)'
	expect 'SYSLOG_IDENTIFIER=truced'
	expect 'SYSLOG_FACILITY=3'
	expect 'TRUCED_RULE=mass-casualty'
	expect 'TRUCED_LABEL_PARTY=lpr'
	[ "$(grep -c '^PRIORITY=1$' "$directory/found")" -eq 1 ] ||
		fail "not one PRIORITY=1"
	await journalctl -q -D "$directory/run/log/journal" -o json \
		--output-fields=PRIORITY,TRUCED_LABEL_PLACE \
		TRUCED_RULE=mass-casualty PRIORITY=1
	expect '"PRIORITY":"1"'
	expect '"TRUCED_LABEL_PLACE":"Popasna\nPRIORITY=0"'
}

try_rsyslogd() {
	command -v rsyslogd >/dev/null || skip "no rsyslogd"
	cat >"$directory/conf" <<-CONF
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="$directory/socket"
			ParseTrusted="off")
		template(name="parts" type="string"
			string="%syslogfacility-text%.%syslogseverity-text%|%programname%|%msg%\n")
		action(type="omfile" file="$directory/out" template="parts")
	CONF
	rsyslogd -n -f "$directory/conf" -i "$directory/pid" \
		>"$directory/errors" 2>&1 &
	started=$!
	tries=0
	until [ -S "$directory/socket" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || {
			cat "$directory/errors" >&2
			fail "rsyslogd does not start"
		}
		watch
	done
	bwrap --bind / / --dev /dev --tmpfs /run \
		--ro-bind "$directory/socket" /dev/log \
		"$log_alert" || fail "rsyslogd did not take it"
	await cat "$directory/out"
	expect 'daemon.alert|truced| EXTREME LIKELY crossed mass-casualty minsk-1: '
	expect 'Попасна: 6 killed\x0a<0>all is well (truced-1a2b3c4d-420) party="lpr" place="Popasna\x0aPRIORITY=0" seq=420'
	# rsyslog would show a control character as #012.
	refuse '#0[0-9][0-9]'
	[ "$(wc -l <"$directory/found")" -eq 1 ] || fail "not one line"
}

command -v inotifywait >/dev/null || skip "no inotifywait (inotify-tools)"
command -v bwrap >/dev/null || skip "no bwrap (package bubblewrap)"
bwrap --bind / / --dev /dev true 2>/dev/null ||
	skip "bwrap may not make namespaces here"
"try_$daemon"
