# Short names for the commands of every day. What needs an `if` is in xtask.

# what a change must pass, in order of speed
check: fmt-check tidy lint test gen-check doc

fmt:
    cargo fmt --all

fmt-check:
    cargo fmt --all -- --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

# the rules of the house
tidy:
    cargo xtask tidy

# every test and one sum; arguments go to the test programs
test *args:
    cargo xtask test -- {{args}}

# the tests of one crate
t crate *args:
    cargo xtask test -p {{crate}} -- {{args}}

# the tests that start the binary
it *args:
    cargo test --package venom --test it -- {{args}}

# write docs/reference from the binary
gen:
    cargo xtask gen

gen-check:
    cargo xtask gen --check

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# engine, log, start, or all of them
bench *args:
    cargo xtask bench {{args}}

run *args:
    cargo run --quiet --release --package venom -- {{args}}

# what is shipped
dist:
    cargo build --profile dist --package venom

# where a build spends its time
timings:
    cargo build --timings --package venom

# everything the automation runs, on this machine
ci:
    .ci/run
