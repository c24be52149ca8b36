use serde_json::json;

use super::*;
use crate::KubeVersion;

fn sem(text: &str) -> Semantics {
    Semantics::kube(text.parse().unwrap())
}

#[test]
fn a_job_is_printed_as_kubectl_prints_it() {
    let job = new_job("pi", "perl", ["perl", "-e", "1"].map(str::to_owned).to_vec());
    insta::assert_snapshot!(Printer::job(&job, &sem("1.32")).to_yaml());
    insta::assert_snapshot!(Printer::job(&job, &sem("1.34")).to_yaml());
    insta::assert_snapshot!(Printer::job(&job, &sem("1.32")).to_json());
    assert_eq!(Printer::job(&job, &sem("1.32")).resource_name(), "job.batch/pi");
}

#[test]
fn a_cronjob_is_printed_as_kubectl_prints_it() {
    let cronjob = new_cronjob("pi", "perl", "*/5 * * * *", "", vec!["date".to_owned()]);
    insta::assert_snapshot!(Printer::cronjob(&cronjob, &sem("1.32")).to_yaml());
    insta::assert_snapshot!(Printer::cronjob(&cronjob, &sem("1.34")).to_json());
    assert_eq!(Printer::cronjob(&cronjob, &sem("1.34")).resource_name(), "cronjob.batch/pi");
}

#[test]
fn a_job_of_a_cronjob_is_owned_by_it_and_marked() {
    let cronjob: CronJob = serde_json::from_value(json!({
        "metadata": {"name": "nightly", "uid": "u1", "labels": {"of": "the CronJob"}},
        "spec": {"schedule": "0 0 * * *", "jobTemplate": {
            "metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
            "spec": {"template": {"spec": {"containers": [{"name": "c"}]}}}}}
    }))
    .unwrap();
    let job = job_from_cronjob("now", &cronjob);
    insta::assert_snapshot!(Printer::job(&job, &Semantics::default()).to_yaml());
    let mut cronjob = cronjob;
    let annotations = cronjob.spec.job_template.metadata.annotations.as_mut().unwrap();
    annotations.insert(INSTANTIATE.to_owned(), "by me".to_owned());
    let job = job_from_cronjob("now", &cronjob);
    assert_eq!(job.metadata.annotation(INSTANTIATE), Some("by me"), "the template's own wins");
}

#[test]
fn null_creation_timestamps_end_with_1_34() {
    for version in KubeVersion::ALL {
        let job = new_job("x", "y", Vec::new());
        let yaml = Printer::job(&job, &Semantics::kube(version)).to_yaml();
        let count = yaml.matches("creationTimestamp: null").count();
        assert_eq!(count, if version < KubeVersion::V1_34 { 2 } else { 0 }, "{version}");
    }
}

/// What kubectl 1.32 writes for a container's argument.
#[test]
fn texts_are_quoted_and_folded_as_kubectl_does_it() {
    for (text, want) in [
        ("perl", "perl"),
        ("", "\"\""),
        ("it's", "it's"),
        ("'", "''''"),
        (" lead", "' lead'"),
        ("trail ", "'trail '"),
        ("a: b", "'a: b'"),
        ("a:", "'a:'"),
        ("a #b", "'a #b'"),
        ("- x", "'- x'"),
        ("-", "'-'"),
        ("--", "--"),
        ("---", "'---'"),
        ("...x", "'...x'"),
        ("?a", "?a"),
        ("? a", "'? a'"),
        (":a", ":a"),
        (": a", "': a'"),
        ("a,b", "a,b"),
        ("a\\b", "a\\b"),
        ("a\u{a0}b", "a\u{a0}b"),
        ("é", "é"),
        ("\u{1f600}", "\"\\U0001F600\""),
        ("tab\there", "\"tab\\there\""),
        ("yes", "\"yes\""),
        ("oN", "oN"),
        ("~", "\"~\""),
        ("~x", "~x"),
        ("<<", "<<"),
        ("=", "="),
        ("NaN", "NaN"),
        (".nan", "\".nan\""),
        ("-.inf", "\"-.inf\""),
        ("1", "\"1\""),
        ("+1", "\"+1\""),
        ("0777", "\"0777\""),
        ("08", "\"08\""),
        ("0x1f", "\"0x1f\""),
        ("0x", "0x"),
        ("0x_1", "\"0x_1\""),
        ("0b1", "\"0b1\""),
        ("0o7", "\"0o7\""),
        ("1_000", "\"1_000\""),
        ("_1", "_1"),
        ("1e3", "\"1e3\""),
        ("1e", "1e"),
        ("1e400", "1e400"),
        ("0.", "\"0.\""),
        (".5", "\".5\""),
        ("1:30", "\"1:30\""),
        ("190:20:30.15", "\"190:20:30.15\""),
        ("1:99", "1:99"),
        ("2020-01-01", "\"2020-01-01\""),
        ("2020-02-30", "2020-02-30"),
        ("2020-01-01T00:00:00Z", "\"2020-01-01T00:00:00Z\""),
        ("123456789012345678901234567890", "\"123456789012345678901234567890\""),
        ("multi\nline", "|-\n  multi\n  line"),
        ("multi\nline\n", "|\n  multi\n  line"),
        ("a\n\nb\n\n", "|+\n  a\n\n  b\n"),
        (" a\nb", "|2-\n   a\n  b"),
        ("\na", "|2-\n\n  a"),
        ("\n", "|2+\n"),
        ("a \nb", "\"a \\nb\""),
        ("x\r\ny", "\"x\\r\\ny\""),
    ] {
        let node = Node::List(vec![Node::Text(text.to_owned())]);
        assert_eq!(yaml::print(&node), format!("- {want}\n"), "{text:?}");
    }
}

#[test]
fn keys_are_in_the_order_of_kubectl() {
    let mut keys =
        ["b10", "b9", "a", "B", "1", "a.b/c", "a-b", "ab", "a1b", "a1-b", "", "a01", "a1"];
    keys.sort_unstable();
    let node =
        Node::Object(keys.iter().map(|key| ((*key).to_owned(), Node::Scalar(json!(1)))).collect());
    let yaml = yaml::print(&node);
    let printed: Vec<&str> =
        yaml.lines().map(|l| l.split(": ").next().unwrap().trim_matches('"')).collect();
    keys = ["", "1", "B", "a", "a-b", "a.b/c", "a1", "a1-b", "a1b", "a01", "ab", "b9", "b10"];
    assert_eq!(printed, keys);
}
