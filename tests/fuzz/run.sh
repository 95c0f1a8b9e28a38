#!/bin/sh
# Fuzzes every target (or those named) for some seconds each: tests/fuzz/run.sh SECONDS [TARGET ...]
# Needs cargo-fuzz (`cargo install --locked cargo-fuzz`). Nothing but the seeds that the targets mint goes in; what
# libFuzzer finds worth keeping stays in tests/fuzz/corpus, what fails in tests/fuzz/artifacts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:?how many seconds for each target}
shift
[ $# -gt 0 ] || set -- response logout redirect metadata certificate canonical paste zoom_webhook
# Sanitizers are unstable options; a stable compiler of the same version has them all the same.
export RUSTC_BOOTSTRAP=1
export OPENSSL_NO_VENDOR=${OPENSSL_NO_VENDOR-1}
for target; do
    mkdir -p "$here/corpus/$target" "$here/artifacts/$target"
    cargo fuzz run --fuzz-dir "$here" "$target" "$here/corpus/$target" -- \
        -max_len=32768 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
        -max_total_time="$seconds" "-artifact_prefix=$here/artifacts/$target/"
    echo "$target: $seconds s without a finding"
done
