//! The Node addon: `jobsem_calls` for JavaScript.
//!
//! Text in, text out; nothing of Node's is kept. Every export is behind `catch_unwind`, although
//! the calls catch panics themselves.

use napi_derive::napi;

/// Calls a function.
#[napi(catch_unwind)]
pub fn call(name: String, arguments: String) -> String {
    jobsem_calls::call(&name, &arguments)
}

/// An object that has a state.
#[napi]
pub struct Native(jobsem_calls::Object);

#[napi]
impl Native {
    /// Makes an object of that class.
    #[napi(constructor, catch_unwind)]
    pub fn new(class: String, arguments: String) -> Native {
        Native(jobsem_calls::Object::new(&class, &arguments))
    }

    /// Calls a method.
    #[napi(catch_unwind)]
    pub fn call(&self, name: String, arguments: String) -> String {
        self.0.call(&name, &arguments)
    }
}

/// Once for each process that loads the addon.
#[napi_derive::module_init]
fn init() {
    jobsem_calls::keep_panics_quiet();
}
