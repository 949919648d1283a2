# each recipe is one visible command

check:
    cargo clippy --workspace --all-targets --all-features -- -D warnings

test:
    cargo test --workspace

ui:
    cargo test -p connector-tests --test compile

bless:
    TRYBUILD=overwrite cargo test -p connector-tests --test compile

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features

deny:
    cargo deny check

bench:
    cargo run --release --bin seed_job

bench-parts:
    cargo bench -p connector-benches

instructions:
    cargo run --release --bin instructions

soak seconds="3600":
    cargo run --release --bin soak -- {{seconds}}

check-time:
    cargo run --release --bin check_time
