//! The specification and the vectors are embedded, so a change of either builds the crate anew.

fn main() {
    println!("cargo::rerun-if-changed=../spec/v1");
    println!("cargo::rerun-if-changed=../fixtures");
    println!("cargo::rerun-if-changed=untestable.toml");
}
