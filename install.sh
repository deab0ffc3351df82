#!/bin/sh
# Installs gitblob for this user: no root, nothing outside the user's own directories.
#
#   ./install.sh              install, or upgrade in place
#   ./install.sh --demo       install, then show the main job in a temporary directory
#   ./install.sh --uninstall  take everything back
#   ./install.sh --test ...   make .test-env/ in this checkout and run all checks there; ... goes to pytest
#
# Program: $GITBLOB_HOME, else $XDG_DATA_HOME/gitblob, else ~/.local/share/gitblob
# Commands: $XDG_BIN_HOME, else ~/.local/bin
set -eu

# Packages found through these would be missing from the new environment, or land outside it.
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1

checkout=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
home=${GITBLOB_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/gitblob}
bin=${XDG_BIN_HOME:-$HOME/.local/bin}
env=$home/env
commands="gitblob git-blob"

main() {
    case ${1-} in
    "")
        install
        say_path
        ;;
    --demo)
        install
        demo
        say_path
        ;;
    --uninstall) uninstall ;;
    --test)
        shift
        run_checks "$@"
        ;;
    -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" ;;
    *) fail "unknown option $1" "see ./install.sh --help" ;;
    esac
}

# --- the four jobs

install() {
    check_paths
    check_git
    find_python
    echo "Installing gitblob into $home ..."
    trap restore EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    restore
    rm -rf -- "$env.old"
    mkdir -p -- "$home" "$bin"
    make_environment "$env.new"
    add_gitblob "$env.new"
    finish_environment
    [ ! -e "$env" ] || mv -- "$env" "$env.old"
    mv -- "$env.new" "$env"
    rm -rf -- "$env.old"
    trap - EXIT INT HUP TERM
    for name in $commands; do ln -sf -- "$env/bin/$name" "$bin/$name"; done
    echo "  program   $env ($("$env/bin/python" -V))"
    echo "  commands  $bin/gitblob, $bin/git-blob"
    # Elsewhere, or this checkout, where one stands, would get hooks.
    told=$(cd / && "$env/bin/gitblob" install --global)
    printf '%s\n' "$told" | sed 's/^/  /'
}

demo() {
    trap : INT # Ctrl-C ends the demo, which removes its directory first
    PATH=$bin:$PATH sh "$checkout/gitblob/demo.sh" "$env/bin/python"
    trap - INT
}

uninstall() {
    [ -e "$env" ] || fail "gitblob is not installed in $home" "set GITBLOB_HOME if it is elsewhere"
    (cd / && "$env/bin/gitblob" uninstall --global) ||
        fail "gitblob's lines in your git config could not be removed" "mend the installation with ./install.sh, then try again"
    for name in $commands; do
        ! is_ours "$bin/$name" || rm -f -- "$bin/$name"
    done
    rm -rf -- "$env" "$env.new" "$env.old" "$home/python"
    remove_empty "$home"
    remove_empty "$bin"
    # git leaves an empty file where the lines of gitblob were the only ones
    [ -s "$HOME/.gitconfig" ] || [ -L "$HOME/.gitconfig" ] || rm -f -- "$HOME/.gitconfig"
    echo "gitblob is uninstalled: removed $env and the commands in $bin"
}

run_checks() {
    check_git
    find_python
    cd -- "$checkout"
    test_env=$checkout/.test-env
    wanted="$(cksum <pyproject.toml) $python"
    if [ "$(cat "$test_env/made-for" 2>/dev/null)" != "$wanted" ]; then
        echo "Making $test_env ..."
        rm -rf -- "$test_env"
        make_environment "$test_env"
        add_packages "$test_env" "${checkout}[test]"
        printf '%s\n' "$wanted" >"$test_env/made-for"
    else
        add_packages "$test_env" --no-deps --force-reinstall "$checkout"
    fi
    PATH=$test_env/bin:$PATH
    export PATH
    failed=0
    ruff check --quiet || failed=1
    ruff format --check --quiet || failed=1
    mypy --no-error-summary || failed=1
    lint-imports >"$test_env/layers" || { cat "$test_env/layers" && failed=1; }
    if command -v shellcheck >/dev/null; then
        # shellcheck disable=SC2046 # these names have no blanks
        shellcheck --exclude=SC2016 install.sh gitblob/demo.sh $(grep -l '^#!.*sh' .ci/* hooks/*) || failed=1
    fi
    pytest -n 2 "$@" || failed=$?
    exit "$failed"
}

# --- what they need

check_paths() {
    case $home$bin in
    *[\'\"]* | *\\* | *"
"*) fail "a path with quotes, backslashes or newlines: $home, $bin" "set GITBLOB_HOME and XDG_BIN_HOME to plain ones" ;;
    esac
    case $home in /*) ;; *) fail "$home is not an absolute path" "set GITBLOB_HOME to one" ;; esac
    case $bin in /*) ;; *) fail "$bin is not an absolute path" "set XDG_BIN_HOME to one" ;; esac
    if [ -e "$env" ] && [ ! -e "$env/bin/gitblob" ]; then
        fail "$env is there already and is not from this script" "set GITBLOB_HOME to another directory"
    fi
    for name in $commands; do
        if { [ -e "$bin/$name" ] || [ -L "$bin/$name" ]; } && ! is_ours "$bin/$name"; then
            fail "$bin/$name is there already and is not from this script" "remove it, or set XDG_BIN_HOME to another directory"
        fi
    done
}

is_ours() {
    [ "$(readlink -- "$1" 2>/dev/null)" = "$env/bin/${1##*/}" ]
}

check_git() {
    command -v git >/dev/null || fail "git is not on the PATH" "$(remedy git)"
    version=$(git version)
    number=${version#git version }
    major=${number%%.*}
    minor=${number#*.}
    minor=${minor%%.*}
    [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 30 ]; } ||
        fail "$version is too old" "gitblob needs 2.30 or newer; $(remedy git)"
}

# Sets `python` (the interpreter itself, not a shim; empty when uv has to bring one) and `installer`.
find_python() {
    python='' installer=''
    for name in python3.14 python3.13 python3.12 python3.11 python3.10 python3 python; do
        python=$("$name" -c 'import sys; print(sys.executable if sys.version_info >= (3, 10) else "")' 2>/dev/null) || continue
        [ -n "$python" ] || continue
        if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            installer=venv
        elif "$python" -m pip --python "$python" --version >/dev/null 2>&1 && "$python" -c 'import venv' 2>/dev/null; then
            installer=pip
        elif command -v uv >/dev/null; then
            installer=uv
        else
            found=$python
            continue
        fi
        return
    done
    python=''
    if command -v uv >/dev/null; then
        installer=uv
    elif [ -n "${found-}" ]; then
        fail "$found cannot make environments: it has neither ensurepip nor pip, and there is no uv" "$(remedy python3-venv)"
    else
        fail "no python 3.10 or newer on the PATH, and no uv" "$(remedy python3)"
    fi
}

make_environment() {
    case $installer in
    venv) "$python" -m venv -- "$1" ;;
    pip) "$python" -m venv --without-pip -- "$1" ;;
    uv) UV_PYTHON_INSTALL_DIR=$home/python uv venv --quiet --no-project --no-config --python "${python:->=3.10}" -- "$1" ;;
    esac || fail "no environment could be made in $1" "the reason stands above"
}

add_packages() {
    target=$1/bin/python
    shift
    case $installer in
    venv) "$target" -m pip --quiet install "$@" ;;
    pip) "$python" -m pip --python "$target" --quiet install "$@" ;;
    uv) uv pip install --quiet --python "$target" "$@" ;;
    esac || fail "the packages could not be installed" "the reason stands above; is a package index within reach?"
}

# With what stores in the cloud need, wherever their packages exist: one of them is compiled for a few platforms only.
add_gitblob() {
    (add_packages "$1" --no-cache-dir "${checkout}[cloud]" 2>"$1.log") || {
        add_packages "$1" --no-cache-dir "$checkout"
        echo "  note      no stores in S3, Google or Azure: their packages could not be installed; all other stores work"
        sed -n 's/^ *\(ERROR: .*\|error: .*\|× .*\)/            \1/p' "$1.log" | head -n 1
    }
    rm -f -- "$1.log"
}

# Git starts the filter for every command that touches a tracked file, so the environment is made to start fast:
# launchers that import nothing else, compiled modules, no .pth file that runs code.
finish_environment() {
    site=$("$env.new/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    if [ "$installer" = venv ]; then
        "$env.new/bin/python" -m pip --quiet uninstall --yes setuptools pip 2>/dev/null
    fi
    rm -f -- "$site"/*.pth "$site/_virtualenv.py"
    find "$env.new/bin" -type f ! -name 'python*' -exec rm -- {} +
    for name in $commands; do write_launcher "$env.new/bin/$name"; done
    # A module of a dependency that this Python cannot compile is one that nobody imports.
    "$env.new/bin/python" -m compileall -qq --invalidation-mode timestamp -s "$env.new" -p "$env" "$site" || :
}

# The environment is built beside the old one and moved, so the launchers name the place where it will be.
# -I: neither PYTHONPATH nor a module in the current directory may change what Git runs. -S: git waits for the start,
# and `site` takes 1 ms to find the one directory that is named here.
write_launcher() {
    if [ "${#env}" -lt 100 ] && [ "$env" = "${env#*[[:space:]]}" ]; then
        echo "#!$env/bin/python -IS"
    else # a shebang line holds neither blanks nor long paths
        printf "%s\n" "#!/bin/sh" "'''exec' \"$env/bin/python\" -IS \"\$0\" \"\$@\"" "' '''"
    fi >"$1"
    printf '%s\n' "import sys" "sys.path.append('$env${site#"$env.new"}')" \
        "from gitblob.__main__ import main" "sys.exit(main())" >>"$1"
    chmod 755 "$1"
}

restore() {
    rm -rf -- "$env.new" "$env.new.log"
    if [ -e "$env.old" ] && [ ! -e "$env" ]; then mv -- "$env.old" "$env"; fi
    remove_empty "$home"
    remove_empty "$bin"
}

say_path() {
    case :$PATH: in
    *:"$bin":*) return ;;
    esac
    case ${SHELL-} in
    */fish) now="fish_add_path '$bin'" later='' ;;
    */zsh) now="export PATH=\"$bin:\$PATH\"" later=.zshrc ;;
    */bash) now="export PATH=\"$bin:\$PATH\"" later=.bashrc ;;
    *) now="export PATH=\"$bin:\$PATH\"" later=.profile ;;
    esac
    echo
    echo "$bin is not on your PATH. For this terminal and later ones:"
    echo "  $now"
    [ -z "$later" ] || echo "  echo '$now' >> ~/$later"
}

# The directory and those above it that are empty now; the home directory stays.
remove_empty() {
    case $1 in
    "$HOME"/*) (cd -- "$HOME" && rmdir -p -- "${1#"$HOME"/}") ;;
    *) rmdir -- "$1" ;;
    esac 2>/dev/null || :
}

remedy() {
    package=$1
    if command -v apt-get >/dev/null; then
        echo "install it with \`sudo apt install $package\`"
    elif command -v dnf >/dev/null; then
        echo "install it with \`sudo dnf install ${package%-venv}\`"
    elif command -v brew >/dev/null; then
        echo "install it with \`brew install ${package%-venv}\`"
    else
        echo "install ${package%-venv} with your system's package manager"
    fi
}

fail() {
    printf 'install.sh: %s\n  %s\n' "$1" "$2" >&2
    exit 1
}

main "$@"
