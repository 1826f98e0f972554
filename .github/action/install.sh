#!/usr/bin/env bash
# Puts `conformance` on the PATH of the steps that follow: the binary of the release that the action was named by, or else a build of this very checkout.
set -euo pipefail

bin=${RUNNER_TEMP:-/tmp}/mumbai-gossip-conformance/bin
mkdir -p "$bin"

target() {
  case "${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}" in
    Linux-X64 | Linux-x86_64) echo x86_64-unknown-linux-gnu ;;
    Linux-ARM64 | Linux-aarch64) echo aarch64-unknown-linux-gnu ;;
    macOS-ARM64 | Darwin-arm64) echo aarch64-apple-darwin ;;
    Windows-X64) echo x86_64-pc-windows-msvc ;;
    *) return 1 ;;
  esac
}

# A release asset is taken only with the checksum that the release lists for it.
download() {
  [[ ${ACTION_REF:-} == v* && -n ${ACTION_REPOSITORY:-} ]] && command -v gh >/dev/null || return 1
  local triple name folder
  triple=$(target) || return 1
  name=conformance-$triple.tar.gz
  folder=$(mktemp -d)
  gh release download "$ACTION_REF" --repo "$ACTION_REPOSITORY" --pattern "$name" --pattern SHA256SUMS --dir "$folder" || return 1
  (cd "$folder" && grep " $name\$" SHA256SUMS | { sha256sum --check - 2>/dev/null || shasum -a 256 --check -; }) || {
    echo "::error::$name of $ACTION_REF does not have the checksum that its release lists"
    exit 3
  }
  tar -xzf "$folder/$name" -C "$bin"
}

if ! download; then
  echo "No prebuilt suite for ${ACTION_REF:-this checkout} on this runner: building it"
  command -v cargo >/dev/null || { echo "::error::building the suite needs cargo; install Rust before this action, or name a release (@v…) of it"; exit 3; }
  cargo install --quiet --locked --path "$GITHUB_ACTION_PATH/conformance" --root "$(dirname "$bin")"
fi
echo "$bin" >>"${GITHUB_PATH:-/dev/null}"
"$bin/conformance" --version
