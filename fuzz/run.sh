#!/usr/bin/env bash
# Fuzzes: fuzz/run.sh SECONDS [TARGET...]. What cargo-fuzz does, with any toolchain that has a C++ compiler
# for libFuzzer: no nightly, no sanitizer (nothing here is unsafe). What fails is in fuzz/artifacts/TARGET;
# once it is mended, move it to fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || for file in targets/*.rs; do targets+=("$(basename "$file" .rs)"); done

host=$(rustc -vV | sed -n 's/^host: //p')
target_dir=${CARGO_TARGET_DIR:-../target}/fuzz
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
# With a target named, build scripts and macros are built without coverage.
RUSTFLAGS="--cfg fuzzing $coverage" CARGO_TARGET_DIR=$target_dir \
    cargo build --quiet --release --target "$host" "${targets[@]/#/--bin=}"

failed=0
for target in "${targets[@]}"; do
    # What is found on the way is kept for the next time, apart from the seeds that are committed.
    found=$target_dir/corpus/$target
    mkdir -p "$found" "artifacts/$target"
    max=4096
    [ "$target" = model ] && max=16384
    log=$target_dir/$target.log
    if "$target_dir/$host/release/$target" "$found" "corpus/$target" -max_total_time="$seconds" -max_len=$max \
        -timeout=10 -rss_limit_mb=1024 -artifact_prefix="artifacts/$target/" -print_final_stats=1 >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$target: holds, $runs runs in $seconds s"
    else
        failed=1
        echo "$target: FAILED"
        grep -a -m 6 -e panicked -e SUMMARY -e 'ERROR: libFuzzer' -e 'Test unit written' -A 1 "$log" || tail -20 "$log"
    fi
done
exit $failed
