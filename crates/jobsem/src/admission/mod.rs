//! Admission: what the API server does with an object before it stores it.
//!
//! Defaulting, preparation (generated selector and labels, dropped fields), validation on create,
//! on update and on status update, and warnings. Deliberately absent: everything that needs a
//! cluster (quotas, webhooks, namespaces), and the parts of the pod template listed in
//! `docs/admission.md`, which pass through unseen.

mod field;

pub use field::{BadValue, CauseType, FieldError};
