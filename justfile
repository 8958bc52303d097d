# What developers run. `just` lists it.

default:
    @just --list

# Format, lints, docs: everything that CI refuses
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo clippy --lib --no-default-features -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# All tests, doctests included
test:
    cargo test

# The fast tests: under 20 seconds after the build
test-fast:
    cargo test --lib --bins --test it -- --skip _slow

# Write docs/public-api.txt anew, to accept a change of the public API
public-api:
    STANDPOINT_PUBLIC_API=1 cargo test --test it -- public_api

# Make the default model and its card from the labelled tables in data
train:
    cargo run --release -- train data/passages.csv data/passages_2.csv --target "the officers" --cv 5 --learning-curve -o models/default.standpoint --card models/default.md

# Hold cross-validated figures against models/gate.toml
gate: predictions
    STANDPOINT=target/release/standpoint ci/gate.sh --predictions target/predictions.csv --gold target/predictions.csv --gate models/gate.toml

# Make models/baseline.json anew. No part of `train`: a baseline that moved with every model would let each be worse than the last
baseline: predictions
    target/release/standpoint evaluate --predictions target/predictions.csv --gold target/predictions.csv --format json -o models/baseline.json

# Predictions of the labelled tables by cross-validation
predictions:
    cargo build --release
    target/release/standpoint train data/passages.csv data/passages_2.csv --cv 5 --predictions target/predictions.csv

# Fuzz each target, or those named, for so many seconds; needs a C++ compiler, no nightly
fuzz SECONDS="60" *TARGETS:
    fuzz/run.sh {{SECONDS}} {{TARGETS}}

# Licences, sources and advisories of what is built in
deny:
    cargo deny check

# Time the stages
bench:
    cargo bench --bench stages

# Make the pictures in the documents anew; needs chromium and chromium-driver. The terminal's are tested to be true
pictures:
    STANDPOINT_PICTURES=1 STANDPOINT_BROWSER=1 cargo test --test it -- pictures_are_true looked_at

# Simulate pages to see whether intervals cover and verdicts are right; docs/RESULTS.md has what it prints
simulate DRAWS="1000":
    cargo build --release --example coverage
    python3 benches/results/section.py docs/RESULTS.md simulated target/release/examples/coverage {{DRAWS}}

# What small tables are worth, on DIR's public sets and our own pages; docs/RESULTS.md has what it prints
small-tables DIR DRAWS="10":
    cargo build --release
    python3 benches/results/section.py docs/RESULTS.md small-tables python3 experiments/small_tables.py "{{DIR}}" --draws {{DRAWS}} --without-peer

# How often pages of sources left out, and foreign ones, are called unlike those in training
unlike:
    cargo build --release
    python3 benches/results/section.py docs/RESULTS.md unlike python3 experiments/unlike.py

# What passages without labels are worth; ENCODER is a folder of a sentence encoder
unlabelled ENCODER DRAWS="2":
    cargo build --release --features encoder
    python3 benches/results/section.py docs/RESULTS.md unlabelled python3 experiments/unlabelled.py --encoder "{{ENCODER}}" --draws {{DRAWS}}

# Time `embed` beside sentence-transformers and onnxruntime (see benches/encoder.py for what it needs); DIR is an encoder's
encoder DIR:
    cargo build --release --features encoder
    STANDPOINT=target/release/standpoint python3 benches/results/section.py docs/RESULTS.md encoder python3 benches/encoder.py "{{DIR}}"

# Run the notebooks on what the command line writes
notebooks:
    cargo build --release
    python3 -m venv target/notebooks
    target/notebooks/bin/pip install --quiet -r notebooks/requirements.txt
    PATH="$PWD/target/release:$PATH" target/notebooks/bin/jupyter nbconvert --to notebook --execute --output-dir target/notebooks notebooks/*.ipynb

# Make the reference values anew: scikit-learn's, and those of ppi-python, statsmodels, SciPy and samplics
reference:
    python3 -m venv target/reference
    target/reference/bin/pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 ppi-python==0.2.3 samplics==0.6.1
    target/reference/bin/python tests/fixtures/reference/make.py
    target/reference/bin/python tests/fixtures/reference/shares.py
    target/reference/bin/python tests/fixtures/reference/designs.py

# Measure everything on DIR's public sets and data/passages.csv, and write docs/RESULTS.md; goes on where it stopped
results DIR:
    cargo build --release
    python3.11 -m venv target/peers
    target/peers/bin/pip install --quiet -r benches/peers/requirements.txt
    PATH="$PWD/target/release:$PATH" target/peers/bin/python benches/results.py run --data "{{DIR}}" --out target/results
    PATH="$PWD/target/release:$PATH" target/peers/bin/python benches/speed.py run --data "{{DIR}}" --out target/results
    mkdir -p docs
    target/peers/bin/python benches/results.py write --from target/results > target/results/RESULTS.md
    mv target/results/RESULTS.md docs/RESULTS.md
