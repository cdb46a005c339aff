# Sourced by the scripts that a person runs on a fresh machine: what they need, and how to say that it is missing.

die() { echo "$*" >&2; exit 1; }

# need_packages NAME…: installs the Debian packages that are missing; none of them starts a server.
need_packages() {
  local missing=() name as=()
  for name; do
    [[ $name == postgresql && -n $(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null) ]] && continue
    [[ $(dpkg-query -W -f '${Status}' "$name" 2>/dev/null) == 'install ok installed' ]] || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "please install ${missing[*]} (this is no Debian, so it is left to you)"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "as root, please run: apt-get install ${missing[*]}"
    as=(sudo)
  fi
  echo "installing ${missing[*]}" >&2
  local policy=/usr/sbin/policy-rc.d ours= failed=
  [[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' | "${as[@]}" tee $policy >/dev/null; "${as[@]}" chmod +x $policy; ours=1; }
  "${as[@]}" apt-get -qq update || true
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=600 install "${missing[@]}" \
    </dev/null >/dev/null || failed=1
  [[ ! $ours ]] || "${as[@]}" rm -f $policy
  [[ ! $failed ]] || die "apt-get could not install ${missing[*]}"
}

# want_packages NAME…: the same for those that are no must: what cannot be had is said, and the tests that need it are skipped.
want_packages() {
  local name
  for name; do
    (need_packages "$name") || echo "without $name: the tests that need it are skipped" >&2
  done
}

# need_swift: Swift is no Debian package; says where to get it.
need_swift() {
  [[ ${MILLRACE:-} ]] && return
  [[ ! -x $HOME/.local/share/swiftly/bin/swift ]] || PATH=$HOME/.local/share/swiftly/bin:$PATH
  command -v swift >/dev/null ||
    die "Swift 6.1 or later is not here. Get it from https://www.swift.org/install/linux/ (swiftly, or the Debian 12 toolchain), put it on the PATH, and try again."
  local version
  version=$(swift --version 2>/dev/null | grep -oP 'Swift version \K[0-9]+\.[0-9]+' | head -1)
  [[ $(printf '6.1\n%s\n' "$version" | sort -V | head -1) == 6.1 ]] ||
    die "This is Swift $version; 6.1 or later is needed: https://www.swift.org/install/linux/"
}

# progress: a build's output, without its counting lines.
progress() { grep -vE '^\[[0-9]+/[0-9]+\]|^$' || true; }

# need_python NAME PACKAGE…: a virtual environment with these packages of PyPI, kept in the folder of the services; sets $python.
need_python() {
  local home=${MILLRACE_SERVICES_DIR:-${TMPDIR:-/tmp}/millrace-services}/python-$1; shift
  python=$home/bin/python
  [[ $(cat "$home/packages" 2>/dev/null) == "$*" ]] && return
  need_packages python3-venv
  echo "fetching $* from PyPI into $home" >&2
  rm -rf "$home"; mkdir -p "${home%/*}"
  /usr/bin/python3 -m venv "$home" && "$home/bin/pip" -q install --disable-pip-version-check "$@" && echo "$*" >"$home/packages" ||
    die "these packages of PyPI could not be installed: $*"
}

# need_millrace: $MILLRACE, or a release build.
need_millrace() {
  [[ ${MILLRACE:-} ]] && return
  echo "building millrace (the first time takes some minutes)" >&2
  swift build -c release --product millrace 2>&1 | progress >&2 || die "the build failed"
  MILLRACE=$PWD/.build/release/millrace
}

# private_services PORT: servers that `services` starts from now on are this script's own, and go with it.
private_services() {
  private_home=$(mktemp -d)
  chmod 755 "$private_home"
  export MILLRACE_SERVICES_DIR=$private_home MILLRACE_POSTGRES_PORT=$1
  trap 'IntegrationTests/services drop >/dev/null || true; rm -rf "$private_home"' EXIT
  trap 'exit 1' INT TERM
}
