//! The contents of reports; the command's tests cover their rendering.

use super::*;
use crate::KubeVersion;
use crate::decode::{Limits, read as read_text};

fn documents(text: &str) -> Vec<Document> {
    read_text(text.as_bytes(), &Limits::default()).into_iter().map(Result::unwrap).collect()
}

fn one(text: &str) -> Document {
    documents(text).remove(0)
}

fn job(spec: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: x}}\nspec:\n{spec}  template:\n    \
         spec:\n      restartPolicy: Never\n      containers:\n      - {{name: c, image: perl}}\n"
    )
}

fn created(text: &str) -> Report {
    check_create(&one(text), &Options::default(), &Semantics::default()).unwrap()
}

/// The findings, as field, code and the text at their position.
fn told(text: &str) -> Vec<(String, &'static str, String)> {
    let findings = created(text).findings.into_iter();
    findings.map(|f| (f.field.clone(), f.code, text[f.bytes.clone()].to_owned())).collect()
}

#[test]
fn a_good_job_has_no_findings_and_no_answer() {
    let report = created(&job(""));
    assert_eq!((report.findings, report.answer), (Vec::new(), None));
    assert_eq!((report.kind, report.name.as_str()), (Kind::Job, "x"));
}

#[test]
fn what_stands_in_lists_and_odd_keys_is_found() {
    let text = job("  podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: In, \
                    values: [3, 0]}}]}\n");
    assert_eq!(told(&text)[0].2, "0");
    let text = job("").replace("{name: x}", "{name: x, labels: {a.b/c: ok, 'a b': x, d: 'y z'}}");
    let at: Vec<String> = told(&text).into_iter().map(|(_, _, at)| at).collect();
    assert_eq!(at, ["'a b'", "'y z'"], "a key by its name, a value by its text");
}

#[test]
fn all_times_and_quantities_that_cannot_be_read_are_told() {
    let container = "{name: c, image: perl, resources: {limits: {cpu: x, memory: 1GB}}}";
    let text = job("").replace("{name: c, image: perl}", container);
    let text = text.replace("{name: x}", "{name: X, creationTimestamp: soon}");
    let fields: Vec<_> = told(&text).into_iter().map(|(field, code, _)| (field, code)).collect();
    assert_eq!(
        fields,
        [
            ("metadata.creationTimestamp".to_owned(), "WrongType"),
            ("spec.template.spec.containers[0].resources.limits[cpu]".to_owned(), "WrongType"),
            ("spec.template.spec.containers[0].resources.limits[memory]".to_owned(), "WrongType"),
            ("metadata.name".to_owned(), "FieldValueInvalid"),
        ]
    );
    let answer = created(&text).answer.unwrap();
    assert_eq!(answer.status()["code"], 400);
    assert!(answer.message().ends_with("cannot parse \"soon\" as \"2006\""));
}

#[test]
fn lenient_reading_makes_warnings_of_unknown_members() {
    let document = one(&job("  paralelism: 2\n  suspend: false\n  suspend: true\n"));
    let report = |how| {
        let options = Options { field_validation: how, ..Options::default() };
        check_create(&document, &options, &Semantics::default()).unwrap()
    };
    let warned = report(FieldValidation::Warn);
    let codes: Vec<_> = warned.findings.iter().map(|f| (f.severity, f.code)).collect();
    assert_eq!(codes, [(Severity::Warning, "DuplicateField"), (Severity::Warning, "UnknownField")]);
    assert_eq!(warned.answer, None);
    assert_eq!(report(FieldValidation::Ignore).findings, []);
    let strict = report(FieldValidation::Strict).answer.unwrap();
    assert!(matches!(strict, Refusal::BadRequest { .. }));
    let kubectl = report(FieldValidation::Kubectl);
    let codes: Vec<_> = kubectl.findings.iter().map(|f| (f.severity, f.code)).collect();
    assert_eq!(codes, [(Severity::Error, "UnknownField"), (Severity::Warning, "DuplicateField")]);
    assert!(!kubectl.answer.unwrap().message().contains("suspend"), "kubectl sends it once");
}

#[test]
fn a_misspelt_member_is_not_also_missing() {
    let text = job("").replace("image:", "imge:");
    assert_eq!(told(&text).len(), 1);
    let text = job("").replace("image: perl", "imagine: perl");
    let fields: Vec<_> = told(&text).into_iter().map(|(_, code, _)| code).collect();
    assert_eq!(fields, ["UnknownField", "FieldValueRequired"], "this one is");
}

#[test]
fn fields_of_later_versions_are_named_as_such() {
    let document = one(&job("  managedBy: example.com/x\n"));
    let sem = Semantics::kube(KubeVersion::V1_29);
    let report = check_create(&document, &Options::default(), &sem).unwrap();
    let hint = report.findings[0].hint.as_deref();
    assert_eq!(hint, Some("Kubernetes 1.29 has no such field; it came with 1.30"));
}

#[test]
fn only_objects_of_ours_are_checked() {
    let of = |api_version: &str, kind: &str| {
        subject(&one(&format!("apiVersion: {api_version}\nkind: {kind}\n")))
    };
    assert_eq!(of("batch/v1", "Job"), Subject::Ours(Kind::Job));
    assert_eq!(of("batch/v1", "CronJob"), Subject::Ours(Kind::CronJob));
    for (api_version, kind) in [
        ("v1", "Service"),
        ("batch.volcano.sh/v1alpha1", "Job"),
        ("batch/v1", "JobTemplate"),
        ("apps/v1", "Deployment"),
    ] {
        assert!(matches!(of(api_version, kind), Subject::Other { .. }), "{api_version} {kind}");
    }
    for (api_version, kind, wrong) in [
        ("batch/v1beta1", "CronJob", "apiVersion"),
        ("batch/v2alpha1", "CronJob", "apiVersion"),
        ("v1", "Job", "apiVersion"),
        ("batch/v1", "job", "kind"),
        ("batch/v1", "CornJob", "kind"),
    ] {
        let found = of(api_version, kind);
        assert!(
            matches!(&found, Subject::Unrecognized { field, .. } if *field == wrong),
            "{api_version} {kind}: {found:?}"
        );
    }
    assert_eq!(subject(&one("replicas: 3\n")), Subject::NoObject);
    assert_eq!(subject(&one("- kind: Job\n")), Subject::NoObject);
    assert!(matches!(subject(&one("kind: Job\n")), Subject::Unrecognized { .. }));
}

#[test]
fn an_applied_manifest_keeps_what_the_server_set_and_drops_what_it_had_set() {
    let last = "kubectl.kubernetes.io/last-applied-configuration";
    let applied =
        r#"{"spec":{"backoffLimit":3,"activeDeadlineSeconds":-9},"metadata":{"name":"x"}}"#;
    let old =
        job("  backoffLimit: 3\n  activeDeadlineSeconds: -9\n  ttlSecondsAfterFinished: -5\n");
    let old = old.replace(
        "{name: x}",
        &format!("{{name: x, uid: u, resourceVersion: '1', annotations: {{{last}: '{applied}'}}}}"),
    );
    let update = |new: &str| {
        let (new, old) = (one(new), one(&old));
        check_update(&new, &old, &Options::default(), &Semantics::default()).unwrap()
    };
    let fields = |report: Report| -> Vec<String> {
        report.findings.into_iter().map(|finding| finding.field).collect()
    };
    // Members set by others stay and are checked with the rest; members applied before are gone.
    let found = fields(update(&job("")));
    assert!(found.contains(&"spec.ttlSecondsAfterFinished".to_owned()), "{found:?}");
    assert!(!found.contains(&"spec.activeDeadlineSeconds".to_owned()), "{found:?}");
    let mended = fields(update(&job("  ttlSecondsAfterFinished: 5\n")));
    assert!(!mended.contains(&"spec.ttlSecondsAfterFinished".to_owned()), "{mended:?}");
}

#[test]
fn a_refused_change_is_shown_where_it_is() {
    let new = job("").replace("perl", "ruby");
    let (new_document, old) = (one(&new), one(&job("")));
    let sem = Semantics::default();
    let report = check_update(&new_document, &old, &Options::default(), &sem).unwrap();
    let finding = &report.findings[0];
    assert_eq!(finding.field, "spec.template");
    assert_eq!((&new[finding.bytes.clone()], finding.label.as_str()), ("ruby", "was \"perl\""));
}
