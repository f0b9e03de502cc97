#!/bin/sh
# Installs the system libraries that hide-pipeline links, where they are missing.
set -eu

packages="libopenblas-dev libyaml-dev libhdf5-dev libjpeg62-turbo-dev libpng-dev libwebp-dev libtiff-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libarchive-dev libmatio-dev pkg-config make"
modules="openblas yaml-0.1 hdf5-serial libjpeg libpng libwebpdemux libtiff-4 libcrypto libcurl zlib libarchive matio"

is_complete() {
    command -v pkg-config >/dev/null 2>&1 || return 1
    for module in $modules; do pkg-config --exists "$module" || return 1; done
}

if ! command -v swift >/dev/null 2>&1; then
    echo "Swift is not installed: get version 6.3 or later from swift.org/install, then run this again" >&2
    exit 1
fi
is_complete && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "these libraries are needed and this is not a Debian system, so please install them:" >&2
    echo "  OpenBLAS, libyaml, HDF5, libjpeg-turbo, libpng, libwebp, libtiff 4.5, OpenSSL, libcurl, zlib, libarchive, matio, with headers and pkg-config" >&2
    exit 1
fi
root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "run as root: apt-get install $packages" >&2
        exit 1
    fi
    root=sudo
fi
echo "installing $packages"
$root apt-get update -qq
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
is_complete || { echo "some libraries are still missing after installing $packages" >&2; exit 1; }
