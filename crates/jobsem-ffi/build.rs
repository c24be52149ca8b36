//! Gives the shared library its SONAME, unless cargo-c does.

/// The ABI's major version; `tests/exports.rs` compares it with `JOBSEM_ABI_VERSION`.
const SONAME: &str = "libjobsem.so.1";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    let cargo_c = std::env::var_os("CARGO_FEATURE_CAPI").is_some();
    if linux && !cargo_c {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
    }
}
