#!/usr/bin/env bash
# Starts a real CKAN on 127.0.0.1 for integration tests. See README.md.
#
#   start_ckan.sh             install what is missing, start, write the URL and a sysadmin token
#   start_ckan.sh --reset     the same, with an empty portal (keeps the installation)
#
# Exit code 75: another program uses one of the ports; try others.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

RESET=0
for arg in "$@"; do
    case "$arg" in
        --reset) RESET=1 ;;
        *) echo "usage: $0 [--reset]" >&2; exit 2 ;;
    esac
done

umask 022    # the user postgres must reach what is made here
mkdir -p "$CKAN_IT_ROOT" "$SITE" "$RUN" "$LOGS" "$PG_SOCK" "$(dirname "$CKAN_IT_ENV")"
exec 9>"$CKAN_IT_ROOT/lock"
flock 9    # one installation and one start at a time

BEGAN=$(date +%s.%N)
LAST=$BEGAN
: > "$LOGS/timings.txt"
phase() {   # phase NAME: note how long the work since the previous phase took
    local now
    now=$(date +%s.%N)
    printf '%-22s %6.1f s\n' "$1" "$(echo "$now $LAST" | awk '{print $1-$2}')" | tee -a "$LOGS/timings.txt"
    LAST=$now
}
die() { echo "start_ckan: $*" >&2; exit 1; }
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
give_up_if_taken() {
    local port
    for port in "$@"; do
        if taken "$port"; then echo "start_ckan: port $port is in use" >&2; exit 75; fi
    done
}

# (a) packages -------------------------------------------------------------
need=()
find_pg_bin || need+=(postgresql)
command -v redis-server >/dev/null || need+=(redis-server)
compgen -G '/usr/lib/*/libmagic.so.1' >/dev/null || compgen -G '/usr/lib*/libmagic.so.1' >/dev/null || need+=(libmagic1)
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || need+=(python3-venv)
if [ "${#need[@]}" -gt 0 ]; then
    [ "$(id -u)" = 0 ] || die "missing Debian packages: ${need[*]}"
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then   # keep the packages' own services from starting
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends "${need[@]}"; } \
        > "$LOGS/apt.log" 2>&1 || die "apt-get failed, see $LOGS/apt.log"
    find_pg_bin || die "no PostgreSQL server after installation"
fi
phase "Debian packages"

REQ="$HERE/requirements/ckan-$CKAN_IT_VERSION.txt"
[ -r "$REQ" ] || die "no $REQ"
if ! cmp -s "$REQ" "$VENV/installed.txt"; then
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV"
    pip_flags=()
    case "$CKAN_IT_VERSION" in 2.9.*)   # source distributions that need the old setuptools to build
        "$VENV/bin/pip" install --disable-pip-version-check --no-input \
            $(grep -E '^(setuptools|wheel)==' "$REQ") > "$LOGS/pip.log" 2>&1 \
            || die "pip failed, see $LOGS/pip.log"
        pip_flags=(--no-build-isolation)
        lib="$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
        cp "$HERE/compat_2_9.py" "$lib/"
        echo "import compat_2_9" > "$lib/compat_2_9.pth" ;;
    esac
    "$VENV/bin/pip" install --disable-pip-version-check --no-input "${pip_flags[@]}" -r "$REQ" \
        >> "$LOGS/pip.log" 2>&1 || die "pip failed, see $LOGS/pip.log"
    cp "$REQ" "$VENV/installed.txt"
fi
phase "virtualenv"

CKAN="$VENV/bin/ckan"
PURELIB="$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
URL="http://127.0.0.1:$CKAN_IT_PORT"

# answers: status_show is served on the port, by this CKAN version
answers() {
    "$VENV/bin/python" - "$URL" "$CKAN_IT_VERSION" <<'PY' 2>/dev/null
import json, sys, urllib.request
with urllib.request.urlopen(sys.argv[1] + "/api/3/action/status_show", timeout=5) as r:
    sys.exit(0 if json.load(r)["result"]["ckan_version"] == sys.argv[2] else 1)
PY
}

if [ "$RESET" = 0 ] && alive ckan "$MARK_CKAN" && alive solr "$MARK_SOLR" && alive redis "$MARK_REDIS" \
        && answers; then
    echo "already running: $URL  (settings in $CKAN_IT_ENV)"
    exit 0
fi

# (b) services -------------------------------------------------------------
halt ckan "$MARK_CKAN"
halt solr "$MARK_SOLR"
halt redis "$MARK_REDIS"

give_up_if_taken "$CKAN_IT_PORT" "$CKAN_IT_SOLR_PORT" "$CKAN_IT_REDIS_PORT"

if [ "$(id -u)" = 0 ]; then
    chown postgres: "$PG_SOCK"
    as_pg test -w "$PG_SOCK" || die "the user postgres cannot reach $PG_SOCK; set CKAN_IT_ROOT to a folder it can"
fi
if [ ! -e "$PG_DATA/PG_VERSION" ]; then
    as_pg "$PG_BIN/initdb" -D "$PG_DATA" -U postgres --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host=scram-sha-256 --no-sync > "$LOGS/initdb.log" 2>&1 \
        || die "initdb failed, see $LOGS/initdb.log"
fi
if ! as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" status >/dev/null 2>&1; then
    give_up_if_taken "$CKAN_IT_PG_PORT"
    # Durability is switched off: the data is disposable.
    as_pg "$PG_BIN/pg_ctl" -D "$PG_DATA" -l "$PG_DATA/server.log" -w -t 60 -o "\
        -c listen_addresses=127.0.0.1 -c port=$CKAN_IT_PG_PORT -c unix_socket_directories=$PG_SOCK \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=60" \
        start > "$LOGS/pg_start.log" 2>&1 9>&- || die "PostgreSQL did not start, see $PG_DATA/server.log"
fi
psql() { as_pg "$PG_BIN/psql" -q -X -v ON_ERROR_STOP=1 -h "$PG_SOCK" -p "$CKAN_IT_PG_PORT" -U postgres "$@"; }

setsid nohup redis-server --bind 127.0.0.1 --port "$CKAN_IT_REDIS_PORT" --save "" --appendonly no \
    --dir "$SITE" > "$LOGS/redis.log" 2>&1 < /dev/null 9>&- &
echo $! > "$RUN/redis.pid"

[ "$RESET" = 0 ] || rm -f "$SITE/solr.sqlite"
setsid nohup "$VENV/bin/python" "$HERE/solr_standin.py" --schema "$PURELIB/ckan/config/solr/schema.xml" \
    --db "$SITE/solr.sqlite" --port "$CKAN_IT_SOLR_PORT" --visible-after "$CKAN_IT_INDEX_LAG" \
    > "$LOGS/solr.log" 2>&1 < /dev/null 9>&- &
echo $! > "$RUN/solr.pid"
phase "services"

# (c) configuration --------------------------------------------------------
if [ ! -e "$INI" ]; then
    "$CKAN" generate config "$INI" > "$LOGS/config.log" 2>&1 || die "no configuration, see $LOGS/config.log"
fi
DB="127.0.0.1:$CKAN_IT_PG_PORT"
"$CKAN" config-tool "$INI" \
    "ckan.site_url = $URL" \
    "ckan.site_id = default" \
    "ckan.plugins = $CKAN_IT_PLUGINS" \
    "ckan.locale_default = $CKAN_IT_LOCALE" \
    "ckan.storage_path = $SITE/storage" \
    "ckan.max_resource_size = $CKAN_IT_MAX_UPLOAD_MB" \
    "sqlalchemy.url = postgresql://ckan_default:pass@$DB/ckan_default" \
    "ckan.datastore.write_url = postgresql://ckan_default:pass@$DB/datastore_default" \
    "ckan.datastore.read_url = postgresql://datastore_default:pass@$DB/datastore_default" \
    "ckan.datastore.sqlsearch.enabled = true" \
    "ckan.redis.url = redis://127.0.0.1:$CKAN_IT_REDIS_PORT/0" \
    "solr_url = http://127.0.0.1:$CKAN_IT_SOLR_PORT/solr/ckan" \
    >> "$LOGS/config.log" 2>&1 || die "config-tool failed, see $LOGS/config.log"
mkdir -p "$SITE/storage"
case "$CKAN_IT_VERSION" in 2.9.*) cp "$PURELIB/ckan/config/who.ini" "$SITE/who.ini" ;; esac
phase "configuration"

# (d) databases ------------------------------------------------------------
if [ ! -e "$SITE/db.done" ]; then
    psql -d postgres 2>>"$LOGS/psql.log" <<'SQL'
DROP DATABASE IF EXISTS ckan_default;
DROP DATABASE IF EXISTS datastore_default;
DROP DATABASE IF EXISTS ckan_pristine;
DROP ROLE IF EXISTS ckan_default;
DROP ROLE IF EXISTS datastore_default;
CREATE ROLE ckan_default LOGIN PASSWORD 'pass';
CREATE ROLE datastore_default LOGIN PASSWORD 'pass';
CREATE DATABASE ckan_default OWNER ckan_default;
CREATE DATABASE datastore_default OWNER ckan_default;
SQL
    "$CKAN" -c "$INI" datastore set-permissions > "$SITE/permissions.sql" 2> "$LOGS/permissions.log" \
        || die "set-permissions failed, see $LOGS/permissions.log"
    psql -d postgres < "$SITE/permissions.sql" >> "$LOGS/permissions.log" 2>&1
    {
        "$CKAN" -c "$INI" db init
        case "$CKAN_IT_VERSION" in 2.9.*) ;; *)
            case " $CKAN_IT_PLUGINS " in *" activity "*) "$CKAN" -c "$INI" db upgrade -p activity ;; esac
        esac
        "$CKAN" -c "$INI" user add ckan_admin email=ckan_admin@example.com password=ckan_admin_pw
        "$CKAN" -c "$INI" sysadmin add ckan_admin
        "$CKAN" -c "$INI" user token add ckan_admin integration -q > "$SITE/token"
        chmod 600 "$SITE/token"
    } > "$LOGS/db_init.log" 2>&1 || die "database set-up failed, see $LOGS/db_init.log"
    psql -d postgres -c 'CREATE DATABASE ckan_pristine TEMPLATE ckan_default OWNER ckan_default'
    touch "$SITE/db.done"
elif [ "$RESET" = 1 ]; then
    psql -d postgres 2>>"$LOGS/psql.log" <<'SQL'
DROP DATABASE IF EXISTS ckan_default WITH (FORCE);
DROP DATABASE IF EXISTS datastore_default WITH (FORCE);
CREATE DATABASE ckan_default TEMPLATE ckan_pristine OWNER ckan_default;
CREATE DATABASE datastore_default OWNER ckan_default;
SQL
    psql -d postgres < "$SITE/permissions.sql" > "$LOGS/permissions.log" 2>&1
    rm -rf "$SITE/storage"
    mkdir -p "$SITE/storage"
fi
phase "databases"

# (e) CKAN -----------------------------------------------------------------
case "$CKAN_IT_VERSION" in
    2.9.*|2.10.*) flags=(--disable-reloader) ;;
    *) flags=(--disable-reloader --disable-debugger) ;;
esac
setsid nohup "$CKAN" -c "$INI" run --host 127.0.0.1 --port "$CKAN_IT_PORT" --threaded "${flags[@]}" \
    > "$LOGS/ckan.log" 2>&1 < /dev/null 9>&- &
echo $! > "$RUN/ckan.pid"

for n in $(seq 240); do
    if answers; then break; fi
    alive ckan "$MARK_CKAN" || die "CKAN ended, see $LOGS/ckan.log"
    [ "$n" -lt 240 ] || die "CKAN does not answer, see $LOGS/ckan.log"
    sleep 0.25
done
phase "CKAN answers"

TOKEN="$(tail -n 1 "$SITE/token" | tr -d '[:space:]')"
umask 077
cat > "$CKAN_IT_ENV" <<OUT
CKAN_URL=$URL
CKAN_API_TOKEN=$TOKEN
CKAN_USER=ckan_admin
CKAN_VERSION=$CKAN_IT_VERSION
CKAN_INI=$INI
CKAN_LOG=$LOGS/ckan.log
OUT
printf '%-22s %6.1f s\n' total "$(echo "$LAST $BEGAN" | awk '{print $1-$2}')" | tee -a "$LOGS/timings.txt"
echo "CKAN $CKAN_IT_VERSION at $URL"
echo "API token of the sysadmin ckan_admin: $TOKEN"
echo "written to $CKAN_IT_ENV"
