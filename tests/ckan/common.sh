# shellcheck shell=bash disable=SC2034
# Settings shared by start_ckan.sh and stop_ckan.sh. Every one can be set in the environment.
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

CKAN_IT_VERSION="${CKAN_IT_VERSION:-2.12.0}"            # one of requirements/ckan-*.txt
CKAN_IT_ROOT="${CKAN_IT_ROOT:-${TMPDIR:-/tmp}/odtool-ckan-$(id -u)}"    # everything that is created lives here
CKAN_IT_PORT="${CKAN_IT_PORT:-5500}"
CKAN_IT_PG_PORT="${CKAN_IT_PG_PORT:-$((CKAN_IT_PORT + 10000))}"
CKAN_IT_REDIS_PORT="${CKAN_IT_REDIS_PORT:-$((CKAN_IT_PORT + 11000))}"
CKAN_IT_SOLR_PORT="${CKAN_IT_SOLR_PORT:-$((CKAN_IT_PORT + 12000))}"
CKAN_IT_PLUGINS="${CKAN_IT_PLUGINS:-activity datastore datatables_view text_view}"
case "$CKAN_IT_VERSION" in 2.9.*)    # activity is part of the core there
    CKAN_IT_PLUGINS="$(printf '%s\n' $CKAN_IT_PLUGINS | grep -vx activity | paste -sd ' ')" ;;
esac
CKAN_IT_LOCALE="${CKAN_IT_LOCALE:-en}"                  # ckan.locale_default; "ja" gives Japanese messages
CKAN_IT_MAX_UPLOAD_MB="${CKAN_IT_MAX_UPLOAD_MB:-10}"    # ckan.max_resource_size
CKAN_IT_INDEX_LAG="${CKAN_IT_INDEX_LAG:-0}"             # seconds before an index change is visible
PYTHON="${PYTHON:-python3}"

VENV="$CKAN_IT_ROOT/venv-$CKAN_IT_VERSION"
# One portal per version and port: portals beside each other share the virtualenv and nothing else.
SITE="$CKAN_IT_ROOT/site-$CKAN_IT_VERSION-$CKAN_IT_PORT"
CKAN_IT_ENV="${CKAN_IT_ENV:-$CKAN_IT_ROOT/ckan-$CKAN_IT_PORT.env}"    # where the URL and the token are written
INI="$SITE/ckan.ini"
RUN="$SITE/run"
LOGS="$SITE/logs"
PG_DATA="$SITE/pg/data"
PG_SOCK="$SITE/pg"

if [ "$(id -u)" = 0 ]; then
    as_pg() { (cd / && runuser -u postgres -- "$@"); }   # PostgreSQL refuses to run as root
else
    as_pg() { "$@"; }
fi

find_pg_bin() {
    PG_BIN=""
    local dir
    for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V -r); do
        if [ -x "$dir/initdb" ]; then PG_BIN="$dir"; return 0; fi
    done
    return 1
}

# alive NAME: the process whose id is in NAME.pid runs and is the one started here.
alive() {
    local pid line
    pid="$(cat "$RUN/$1.pid" 2>/dev/null)" || return 1
    line="$(tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline")" || return 1
    [[ -n "$pid" && "$line" == *"$2"* ]]
}

# running PID: it exists and is not a zombie.
running() { grep -q '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status" 2>/dev/null; }

# halt NAME MARK: end that process and wait for it.
halt() {
    local pid n
    if alive "$1" "$2"; then
        pid="$(cat "$RUN/$1.pid")"
        kill "$pid" 2>/dev/null || true
        for n in $(seq 100); do
            running "$pid" || break
            sleep 0.1
        done
        if running "$pid"; then kill -9 "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$RUN/$1.pid"
}

MARK_CKAN="$INI"
MARK_SOLR="$SITE/solr.sqlite"
MARK_REDIS="redis-server 127.0.0.1:$CKAN_IT_REDIS_PORT"
