//! Lets the library find Node's own symbols in the process that loads it.

fn main() {
    napi_build::setup();
}
