#!/bin/sh
# Shows the main job of gitblob in a temporary directory and removes it: commands as one types them, their time,
# and what lies where afterwards. Called by `./install.sh --demo`; the argument is a Python (for the clock).
set -eu

python=${1:-python3}
place=
megabytes=200

main() {
    prepare
    say "1. A project, a place to push to, and two files that are too large for Git"
    run "git init -q --bare -b main remote.git"
    run "git init -q -b main project"
    run "cd project"
    run "git remote add origin ../remote.git"
    make_files
    sizes trips.csv weights.bin

    say "2. Tell gitblob once which files are large; the rest is plain Git"
    run "gitblob track '*.csv' '*.bin'"
    run "git add ."
    run "git commit -q -m 'First version'"
    run "git push -q -u origin main"
    run "git cat-file -p HEAD:weights.bin"
    look

    say "3. A colleague clones it"
    run "cd .."
    run "git clone -q remote.git clone"
    run "cmp project/weights.bin clone/weights.bin"
    run "cmp project/trips.csv clone/trips.csv"
    show "The clone has the same bytes."

    say "4. An edit, a second version, and back to the first"
    run "cd project"
    first=$(cksum <trips.csv)
    run "echo '2026-11-20 08:00:00,1.5,12.40,cash' >> trips.csv"
    run "git commit -q -a -m 'One more trip'"
    run "git push -q"
    run "git checkout -q HEAD~1"
    [ "$(cksum <trips.csv)" = "$first" ]
    show "trips.csv is what it was in the first version."
    run "git checkout -q main"
    run "git status --short --branch"
    look
    say "That was all. $place is removed; gitblob stays installed."
}

# --- the stage

prepare() {
    base=${TMPDIR:-/tmp}
    free=$(df -Pk -- "$base" | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt $((megabytes * 1024 * 7)) ]; then
        echo "demo: $base has too little room; set TMPDIR to a directory with 1.4 GB free" >&2
        exit 1
    fi
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    place=$(mktemp -d "$base/gitblob-demo.XXXXXX")
    cd -- "$place"
    # The person's own Git configuration is neither changed nor asked for a name or a signature.
    export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.invalid
    export GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.invalid
    export GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_0=commit.gpgSign GIT_CONFIG_VALUE_0=false
    export GIT_CONFIG_KEY_1=advice.detachedHead GIT_CONFIG_VALUE_1=false
    export GIT_CONFIG_KEY_2=protocol.file.allow GIT_CONFIG_VALUE_2=always
    echo "A demonstration in $place"
}

# A program that Ctrl-C has not ended yet may still write: so twice.
leave() {
    cd /
    rm -rf -- "$place" 2>/dev/null || { sleep 1 && rm -rf -- "$place"; }
}

make_files() {
    show "(a table of taxi trips and $megabytes MB of random bytes are being made)"
    awk 'BEGIN {
        srand(1)
        print "pickup,miles,fare,payment"
        for (i = 0; i < 500000; i++) {
            miles = int(rand() * 200) / 10
            printf "2026-%02d-%02d %02d:%02d:%02d,%.1f,%.2f,%s\n", 1 + i / 45455, 1 + rand() * 28, rand() * 24,
                rand() * 60, rand() * 60, miles, 3 + miles * 2.5, rand() < 0.7 ? "card" : "cash"
        }
    }' >trips.csv
    dd if=/dev/urandom of=weights.bin bs=1048576 count="$megabytes" 2>/dev/null
}

# --- the narrator

say() {
    printf '\n%s\n' "$1"
}

show() {
    printf '    %s\n' "$*"
}

# Runs a command as typed, says how long it took, and shows what it printed.
run() {
    printf '  $ %-62s' "$1"
    before=$(clock)
    if ! eval "$1" >"$place/output" 2>&1; then
        printf 'failed\n'
        cat "$place/output"
        exit 1
    fi
    "$python" -IS -c 'import sys, time; print(f"{time.time() - float(sys.argv[1]):6.2f} s")' "$before"
    sed 's/^/    /' "$place/output"
}

clock() {
    "$python" -IS -c 'import time; print(time.time())'
}

# What lies where: Git's own objects, and the blobs of the cache, the remote's store and the clone.
look() {
    show "Git's objects:" "$(du -sk "$place/project/.git/objects" | awk '{ print $1 " KiB" }')"
    show "cache of project:" "$(blobs "$place/project/.git/gitblob")"
    show "store of remote.git:" "$(blobs "$place/remote.git/gitblob")"
    show "cache of clone:" "$(blobs "$place/clone/.git/gitblob")"
    show "all of it on disk:" "$(du -sk "$place" | awk '{ printf "%.1f MB (hard links counted once)", $1 * 1.024 / 1e3 }')"
}

blobs() {
    if [ ! -d "$1" ]; then
        echo "not there yet"
        return
    fi
    hex62=$(printf '%062d' 0 | tr 0 '?')
    find "$1" -type f -name "$hex62" -exec ls -ln {} + | awk '{ n++; sum += $5 } END { printf "%d blobs, %.1f MB\n", n, sum / 1e6 }'
}

sizes() {
    for file in "$@"; do
        show "$file: $(wc -c <"$file" | awk '{ printf "%.1f MB", $1 / 1e6 }')"
    done
}

main
