#!/bin/sh
# Kernel settings and limits that a Linux machine needs to hold many connections.
#
#   deploy/tune-linux.sh [--connections N]            shows what is in force and what N connections need; changes nothing
#   deploy/tune-linux.sh [--connections N] --apply    sets it, now and after the next start (as root)
#
# N is 100000 by default. Exit codes: 0 all is enough or was set, 1 something is too low, 2 wrong use.
set -eu

connections=100000
apply=no
fail() { echo "$1" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case "$1" in
    --connections) [ $# -ge 2 ] || fail 'Cannot read the options: --connections needs a number'
      connections=$2; shift ;;
    --apply) apply=yes ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "Cannot read the options: there is no $1; try --help" ;;
  esac
  shift
done
case "$connections" in
  ''|*[!0-9]*|?????????*) fail "Cannot plan for '$connections' connections: it must be a number of up to 8 digits" ;;
esac
connections=$((connections + 0))
if [ "$apply" = yes ] && [ "$(id -u)" -ne 0 ]; then fail 'Cannot apply: only root may'; fi

# Sockets, and some for files, threads and requests.
descriptors=$((connections + connections / 10 + 1000))
# The kernel counts TCP memory in pages: about 4 KiB of buffers for a connection that is busy now and then.
pages=$((connections * 2 + 65536))
status=0
settings=''

check() { # name needed why
  file=/proc/sys/$(echo "$1" | tr . /)
  [ -r "$file" ] || { printf '%-34s %10s  not on this machine\n' "$1" -; return 0; }
  now=$(awk '{ print $NF }' "$file")
  if awk -v now="$now" -v need="$2" 'BEGIN { exit !(now + 0 >= need + 0) }'; then
    printf '%-34s %10s  enough\n' "$1" "$now"
    return 0
  fi
  printf '%-34s %10s  needs %s: %s\n' "$1" "$now" "$2" "$3"
  status=1
  settings="$settings$1=${4:-$2}
"
}

echo "For $connections connections on this machine:"
check fs.file-max "$descriptors" 'open files of the whole machine'
check fs.nr_open "$descriptors" 'the most that one process may be allowed to open'
check net.core.somaxconn 4096 'clients that come all at once wait here'
check net.ipv4.tcp_max_syn_backlog 4096 'handshakes that are under way'
check net.netfilter.nf_conntrack_max $((connections * 2)) 'a firewall that tracks connections drops new ones'
check net.ipv4.tcp_mem "$pages" 'pages that all TCP buffers may take' "$((pages / 2)) $((pages * 3 / 4)) $pages"

soft=$(ulimit -Sn)
if [ "$soft" = unlimited ] || [ "$soft" -ge "$descriptors" ]; then
  printf '%-34s %10s  enough\n' 'open files of a process (ulimit -n)' "$soft"
else
  printf '%-34s %10s  needs %s: each connection is one\n' 'open files of a process (ulimit -n)' "$soft" "$descriptors"
  status=1
fi

if [ "$apply" = no ]; then
  [ "$status" -eq 0 ] || echo 'Nothing was changed; --apply sets it. A process limit that cannot be raised: run several nodes.'
  exit "$status"
fi

if [ -n "$settings" ]; then
  printf '%s' "$settings" > /etc/sysctl.d/90-guildhall.conf
  sysctl -q -p /etc/sysctl.d/90-guildhall.conf
fi
mkdir -p /etc/security/limits.d
printf '* soft nofile %s\n* hard nofile %s\n' "$descriptors" "$descriptors" > /etc/security/limits.d/90-guildhall.conf
echo "Set. Logins from now on may open $descriptors files; a systemd service needs LimitNOFILE=$descriptors in its unit."
