//! `jobsem_options`: which Kubernetes, and how strictly.

use std::collections::BTreeMap;
use std::ffi::c_char;

use jobsem::cluster::{CountedIdentity, Identity, SeededIdentity};
use jobsem::decode::FieldValidation;
use jobsem::{KubeVersion, Semantics};

use crate::boundary::argument::{Argument, Call};
use crate::boundary::sized::{self, SizedStruct, first_size};
use crate::boundary::status::{Failure, JOBSEM_E_UNKNOWN_FLAG, JOBSEM_E_UNSUPPORTED};
use crate::boundary::text::Text;

/// Notes on every decision are kept, for `jobsem_cluster_poll_note`.
pub const JOBSEM_FLAG_NOTES: u32 = 1;

/// Unknown and repeated members of a document are refused, as kubectl has it. The default.
pub const JOBSEM_FIELDS_STRICT: i32 = 0;
/// They are dropped, with a warning.
pub const JOBSEM_FIELDS_WARN: i32 = 1;
/// They are dropped.
pub const JOBSEM_FIELDS_IGNORE: i32 = 2;

/// Which Kubernetes is emulated. Start from `JOBSEM_OPTIONS_INIT(minor)`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct jobsem_options {
    /// `sizeof(jobsem_options)`.
    pub struct_size: u32,
    /// `JOBSEM_FLAG_*`.
    pub flags: u32,
    /// The minor version, `JOBSEM_KUBE_MINOR_OLDEST` to `JOBSEM_KUBE_MINOR_NEWEST`: 34 for 1.34.
    pub kube_minor: i32,
    /// `JOBSEM_FIELDS_*`.
    pub field_validation: i32,
    /// Where the names and UIDs of new objects come from: the same seed gives the same ones. 0
    /// counts them through: `pi-00000`, `uid-pi-00000`.
    pub seed: u64,
    /// How many objects a controller works on at once; 0 is 1. Kubernetes' default is 5.
    pub workers: u32,
    /// Zero.
    pub reserved: u32,
    /// Feature gates that differ from the version's defaults, separated by commas:
    /// `JobManagedBy=false,JobSuccessPolicy=true`.
    pub gates: *const c_char,
    /// The length of `gates`.
    pub gates_len: usize,
    /// The zone that schedules without a zone are meant in; UTC if it is empty.
    pub time_zone: *const c_char,
    /// The length of `time_zone`.
    pub time_zone_len: usize,
    /// The name of the node that the host of a cluster is; `local` if it is empty.
    pub node: *const c_char,
    /// The length of `node`.
    pub node_len: usize,
}

// SAFETY: numbers and pointers; zeros are values of them.
unsafe impl SizedStruct for jobsem_options {
    const FIRST_SIZE: usize = first_size(80, 56);
    const NAME: &'static str = "jobsem_options";
}

/// Options as the core has them.
pub(crate) struct Options {
    pub(crate) sem: Semantics,
    pub(crate) gates: BTreeMap<String, bool>,
    pub(crate) validation: FieldValidation,
    pub(crate) seed: u64,
    pub(crate) workers: usize,
    pub(crate) notes: bool,
    pub(crate) time_zone: Option<String>,
    pub(crate) node: Option<String>,
}

impl<'call> Argument<'call, *const jobsem_options> for Options {
    unsafe fn read(
        options: *const jobsem_options,
        _: &'static str,
        call: &'call Call,
    ) -> Result<Options, Failure> {
        // SAFETY: the caller's.
        let raw = unsafe { sized::read(options) }?;
        if raw.flags & !JOBSEM_FLAG_NOTES != 0 {
            let text = format!("flags {:#x} are not known here", raw.flags & !JOBSEM_FLAG_NOTES);
            return Err(Failure::new(JOBSEM_E_UNKNOWN_FLAG, text));
        }
        if raw.reserved != 0 {
            return Err(Failure::out_of_range("`reserved` is not zero"));
        }
        let version = version_of(raw.kube_minor)?;
        let validation = match raw.field_validation {
            JOBSEM_FIELDS_STRICT => FieldValidation::Strict,
            JOBSEM_FIELDS_WARN => FieldValidation::Warn,
            JOBSEM_FIELDS_IGNORE => FieldValidation::Ignore,
            other => return Err(Failure::no_constant("field validation", other)),
        };
        // SAFETY: the texts of a struct keep what the struct's members promise.
        let (gates, time_zone, node) = unsafe {
            (
                Text::read((raw.gates, raw.gates_len), "gates", call)?,
                Text::read((raw.time_zone, raw.time_zone_len), "time_zone", call)?,
                Text::read((raw.node, raw.node_len), "node", call)?,
            )
        };
        let gates = read_gates(&gates)?;
        Ok(Options {
            sem: Semantics::kube(version).with_gates(&gates)?,
            gates,
            validation,
            seed: raw.seed,
            workers: raw.workers.max(1) as usize,
            notes: raw.flags & JOBSEM_FLAG_NOTES != 0,
            time_zone: Some(time_zone.to_owned()).filter(|zone| !zone.is_empty()),
            node: Some(node.to_owned()).filter(|node| !node.is_empty()),
        })
    }
}

impl Options {
    /// Where the names and UIDs of new objects come from.
    pub(crate) fn identity(&self) -> Box<dyn Identity> {
        match self.seed {
            0 => Box::new(CountedIdentity::default()),
            seed => Box::new(SeededIdentity::new(seed)),
        }
    }
}

fn version_of(minor: i32) -> Result<KubeVersion, Failure> {
    let mut all = KubeVersion::ALL.into_iter();
    all.find(|version| i64::from(version.minor()) == i64::from(minor)).ok_or_else(|| {
        let text = format!("Kubernetes 1.{minor} is not emulated; 1.29 to 1.37 are");
        Failure::new(JOBSEM_E_UNSUPPORTED, text)
    })
}

fn read_gates(text: &str) -> Result<BTreeMap<String, bool>, Failure> {
    let gate = |part: &str| {
        let (name, on) = part.split_once('=')?;
        Some((name.trim().to_owned(), on.trim().parse().ok()?))
    };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            gate(part).ok_or_else(|| {
                Failure::out_of_range(format!("`{part}` is no gate: NAME=true or NAME=false"))
            })
        })
        .collect()
}
