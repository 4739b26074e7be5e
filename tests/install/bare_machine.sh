#!/usr/bin/env bash
# Which system packages a window needs, tried on a Debian that has nothing else.
#
#     sudo tests/install/bare_machine.sh [FOLDER]      # FOLDER: /var/tmp/glpose-bare; about 400 MB, kept for the next run
#     sudo RELEASE=trixie VENV=venv313 tests/install/bare_machine.sh
#
# Needs root, debootstrap and xvfb (weston besides, for wayland), the .venv of `make`, and in VENV (.venv) the
# dependencies for the Python of the Debian release (bookworm: 3.11, trixie: 3.13): they are mounted into the bare root.
# Not run by CI. For each platform of Qt it installs the packages that docs/install.md names, takes a screenshot, then
# hides the libraries of each package in turn and demands the sentence that names the package, and exit code 3.
# It also says which of the names apt would bring along anyway.
set -euo pipefail
cd "$(dirname "$0")/../.."
WORK=${1:-/var/tmp/glpose-bare}
RELEASE=${RELEASE:-bookworm}
VENV=${VENV:-.venv}
ROOT=$WORK/$RELEASE
OFFSCREEN=(libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0 libxkbcommon0)
X11=(libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0)
WAYLAND=(libwayland-cursor0)
DISPLAY_NUMBER=:4763
failures=0
hidden=()
started=()

in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$ROOT" "$@"; }

say() { printf '%s\n' "$*"; }

wrong() { failures=$((failures + 1)); say "WRONG: $*"; }

make_root() {
    if [ ! -e "$ROOT/.made" ]; then
        rm -rf --one-file-system "$ROOT"
        debootstrap --variant=minbase "$RELEASE" "$ROOT" http://deb.debian.org/debian >"$WORK/debootstrap.log"
        cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
        in_root apt-get install -y -qq --no-install-recommends python3 python3-venv >"$WORK/apt.log" 2>&1
        touch "$ROOT/.made"
    fi
}

mount_parts() {
    mkdir -p "$ROOT/mnt/site" "$ROOT/mnt/wheel" "$ROOT/tmp/.X11-unix" "$ROOT/tmp/runtime" /tmp/.X11-unix
    mount -t proc proc "$ROOT/proc"
    mount --bind "$(realpath "$VENV"/lib/python3.*/site-packages)" "$ROOT/mnt/site"
    mount --bind "$WORK/wheel" "$ROOT/mnt/wheel"
    mount --bind /tmp/.X11-unix "$ROOT/tmp/.X11-unix"
}

leave() {
    show
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    for place in tmp/.X11-unix mnt/wheel mnt/site proc; do
        mountpoint -q "$ROOT/$place" && umount "$ROOT/$place"
    done
}

install_wheel() {
    rm -rf "$WORK/wheel" build
    .venv/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$WORK/wheel" .
    rm -rf --one-file-system "$ROOT/opt/glpose"
}

make_environment() {
    in_root sh -c 'python3 -m venv /opt/glpose &&
        /opt/glpose/bin/pip install --quiet --no-deps --no-index /mnt/wheel/*.whl &&
        echo /mnt/site > "$(echo /opt/glpose/lib/python3.*/site-packages)/dependencies.pth"'
}

# Makes the libraries of one package invisible to the loader until `show`.
hide() {
    local file
    while read -r file; do
        if [ -e "$ROOT$file" ] || [ -L "$ROOT$file" ]; then
            mv "$ROOT$file" "$ROOT$file.hidden"
            hidden+=("$ROOT$file")
        fi
    done < <({ in_root dpkg -L "$1" 2>/dev/null || in_root dpkg -L "$1t64"; } | grep -E '\.so(\.|$)' || true)
}

show() {
    local file
    for file in "${hidden[@]}"; do mv "$file.hidden" "$file"; done
    hidden=()
}

# studio NAME=VALUE … : the code and the words of an attempt to take a screenshot.
studio() {
    rm -f "$ROOT/tmp/shot.png"
    set +e
    words=$(in_root env GLPOSE_HOME=/tmp/home XDG_RUNTIME_DIR=/tmp/runtime "$@" \
        timeout 120 /opt/glpose/bin/glpose-studio --screenshot /tmp/shot.png 2>&1)
    code=$?
    set -e
}

expect_window() {
    studio "${@:2}"
    if [ $code = 0 ] && [ -s "$ROOT/tmp/shot.png" ]; then
        cp "$ROOT/tmp/shot.png" "$WORK/$1.png"
        say "ok     $1: the window opens ($WORK/$1.png)"
    else
        wrong "$1: code $code: $words"
    fi
}

expect_sentence() {
    studio "${@:3}"
    if [ $code = 3 ] && [ "$(wc -l <<<"$words")" = 1 ] && [[ $words == *"$2"* ]]; then
        say "ok     $1: $words"
    else
        wrong "$1: code $code, wanted 3 and one sentence with '$2': $words"
    fi
}

packages_of() { in_root dpkg -l | awk '/^ii/ { sub(/:.*/, "", $2); print $2 }' | sort; }

# try NAME package… -- NAME=VALUE … : one platform, whole and with each named package gone.
try() {
    local name=$1 packages=() package
    shift
    while [ "$1" != -- ]; do packages+=("$1"); shift; done
    shift
    in_root apt-get install -y -qq --no-install-recommends "${packages[@]}" >>"$WORK/apt.log" 2>&1
    expect_window "$name" "$@"
    for package in "${packages[@]}"; do
        hide "$package"
        expect_sentence "$name without $package" "$package" "$@"
        show
        say_if_brought_along "$package" "${packages[@]}"
    done
}

say_if_brought_along() {
    local package=$1 others=() other
    shift
    for other in "$@"; do [ "$other" = "$package" ] || others+=("$other"); done
    [ ${#others[@]} -gt 0 ] || return 0
    local closure
    closure=$(in_root apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances --installed "${others[@]}")
    if grep -q "^$package$" <<<"$closure"; then
        say "note   $package comes along with the others"
    fi
}

main() {
    mkdir -p "$WORK"
    install_wheel
    make_root
    trap leave EXIT
    mount_parts
    make_environment
    in_root apt-get remove -y -qq --purge "${OFFSCREEN[@]}" "${X11[@]}" "${WAYLAND[@]}" >>"$WORK/apt.log" 2>&1 || true
    in_root apt-get autoremove -y -qq --purge >>"$WORK/apt.log" 2>&1
    in_root /opt/glpose/bin/glpose weights list >/dev/null && say "ok     glpose needs no system library"
    expect_sentence "nothing installed, no display" "glpose demo"
    expect_sentence "nothing installed" libgl1 QT_QPA_PLATFORM=offscreen
    expect_sentence "nothing installed, X11" libxcb-cursor0 DISPLAY=$DISPLAY_NUMBER
    packages_of >"$WORK/before"
    try offscreen "${OFFSCREEN[@]}" -- QT_QPA_PLATFORM=offscreen
    Xvfb $DISPLAY_NUMBER -screen 0 1600x1000x24 >"$WORK/xvfb.log" 2>&1 &
    started+=($!)
    sleep 2
    expect_sentence "only the libraries of offscreen" libxcb-cursor0 DISPLAY=$DISPLAY_NUMBER
    try xcb "${X11[@]}" -- DISPLAY=$DISPLAY_NUMBER
    if command -v weston >/dev/null; then
        chmod 700 "$ROOT/tmp/runtime"
        XDG_RUNTIME_DIR=$ROOT/tmp/runtime weston --backend=headless-backend.so --socket=wayland-glpose --no-config >"$WORK/weston.log" 2>&1 &
        started+=($!)
        sleep 3
        try wayland "${WAYLAND[@]}" -- WAYLAND_DISPLAY=wayland-glpose QT_QPA_PLATFORM=wayland
    else
        say "note   no weston on this machine: wayland not tried"
    fi
    packages_of | comm -13 "$WORK/before" - | sed 's/^/       installed: /'
    [ $failures = 0 ] && say "all as it should be" || { say "$failures wrong"; exit 1; }
}

main
