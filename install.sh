#!/bin/sh
# Builds claudectl and puts it into $PREFIX/bin (default: ~/.local/bin), then shows what it finds.
#
# Needs the Rust toolchain named by rust-version in Cargo.toml, and a C compiler for SQLite. On Debian and
# its like, run by root, a missing C compiler is installed; anything else that is missing is named.
set -eu
cd "$(dirname "$0")"
prefix=${PREFIX:-${HOME:?set HOME, or PREFIX, to say where to install}/.local}

if ! command -v cargo >/dev/null 2>&1; then
    echo "install.sh: cargo is missing: install Rust (https://rustup.rs), then run this again" >&2
    exit 1
fi
if ! command -v cc >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev
    else
        echo "install.sh: a C compiler is missing: apt install gcc, dnf install gcc, or xcode-select --install" >&2
        exit 1
    fi
fi

binary=$(.ci/release)
mkdir -p "$prefix/bin"
# A new file takes the old one's name, so that one that runs is not written to.
cp "$binary" "$prefix/bin/.claudectl.new"
mv -f "$prefix/bin/.claudectl.new" "$prefix/bin/claudectl"
echo "installed $prefix/bin/claudectl ($("$prefix/bin/claudectl" --version))" >&2
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) echo "add it to your PATH: export PATH=\"$prefix/bin:\$PATH\"" >&2 ;;
esac
"$prefix/bin/claudectl" ls
