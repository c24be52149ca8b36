//! Prints C that compiles only where the header and this library agree on the layout.

fn main() {
    print!("{}", jobsem_ffi::layout::static_asserts());
}
