//! `oracle build`: a test binary of `tests/oracle/harness` for each Kubernetes version.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;

use crate::kube::KubeVersion;
use crate::workspace;

/// From this minor on, the Job controller's constructor has other parameters (a Go build tag).
const NEW_CONSTRUCTOR: KubeVersion = KubeVersion::V1_36;

#[derive(Args)]
pub struct Build {
    /// Versions: `all`, or a list such as `1.37,1.34`.
    #[arg(long, default_value = "all")]
    kube: String,
    /// The directory for the binaries, `oracle-<minor>`.
    #[arg(long, default_value_os_t = super::ask::default_dir())]
    out: PathBuf,
}

impl Build {
    pub fn run(&self) -> Result<()> {
        let versions = KubeVersion::list(&self.kube)?;
        match Command::new("go").arg("version").output() {
            Err(error) => bail!(
                "cannot run `go` ({error}): building the oracle needs Go 1.26 or newer, from \
                 https://go.dev/dl"
            ),
            Ok(output) => eprint!("{}", String::from_utf8_lossy(&output.stdout)),
        }
        fs::create_dir_all(&self.out)?;
        let out = self.out.canonicalize()?;
        for (n, version) in versions.iter().enumerate() {
            let release = version.release();
            let begun = Instant::now();
            eprintln!("[{}/{}] Kubernetes {release}: building", n + 1, versions.len());
            let binary = build(release, *version, &out)
                .with_context(|| format!("building the oracle of Kubernetes {release}"))?;
            eprintln!(
                "[{}/{}] {} ({:.0?})",
                n + 1,
                versions.len(),
                binary.display(),
                begun.elapsed()
            );
        }
        Ok(())
    }
}

fn build(release: &str, version: KubeVersion, out: &Path) -> Result<PathBuf> {
    let source = out.join(format!("src-{version}"));
    let harness = workspace::root().join("tests/oracle/harness");
    // Files that are no longer in the harness must not stay in the build directory.
    if source.exists() {
        fs::remove_dir_all(&source)?;
    }
    fs::create_dir_all(&source)?;
    for entry in fs::read_dir(&harness).context("reading tests/oracle/harness")? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "go") {
            fs::copy(&path, source.join(path.file_name().unwrap_or_default()))?;
        }
    }
    let template = fs::read_to_string(harness.join("go.mod.template"))?;
    fs::write(source.join("go.mod"), module_file(&template, release)?)?;
    go(&source, &["mod", "tidy"])?;
    let binary = out.join(format!("oracle-{version}"));
    let tags = if version >= NEW_CONSTRUCTOR { "-tags=since136" } else { "-tags=" };
    let target = binary.to_str().context("the output path is not UTF-8")?;
    go(&source, &["test", "-c", tags, "-o", target, "."])?;
    Ok(binary)
}

fn module_file(template: &str, release: &str) -> Result<String> {
    let module = format!("k8s.io/kubernetes@v{release}");
    let answer = go(workspace::root(), &["mod", "download", "-json", &module])?;
    let answer: Value = serde_json::from_str(&answer)?;
    let upstream = answer["GoMod"].as_str().context("go mod download names no GoMod")?;
    let upstream = fs::read_to_string(upstream)?;
    let minor_patch = release.strip_prefix("1.").context("not a release of Kubernetes 1")?;
    let staging: BTreeSet<&str> = upstream
        .lines()
        .filter_map(|line| line.trim().strip_suffix(" v0.0.0"))
        .filter(|module| module.starts_with("k8s.io/"))
        .collect();
    ensure!(!staging.is_empty(), "no staging module in the upstream go.mod");
    let replacements: String =
        staging.iter().map(|module| format!("\t{module} => {module} v0.{minor_patch}\n")).collect();
    Ok(template.replace("{version}", release).replace("{replacements}", &replacements))
}

fn go(directory: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("go").args(arguments).current_dir(directory).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "go {} failed:\n{errors}", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
