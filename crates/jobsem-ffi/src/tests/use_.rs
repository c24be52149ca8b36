//! What a host does, through the exports.

use serde_json::{Value, json};

use super::*;

fn parsed(buf: *mut jobsem_buf) -> Value {
    serde_json::from_str(&take(buf)).unwrap()
}

#[test]
fn a_job_fails_once_and_succeeds_then() {
    let (cluster, none) = (cluster(), ptr::null_mut());
    let mut now = NOW;
    let mut codes = [1, 0].into_iter();
    // SAFETY: every pointer is there.
    unsafe {
        loop {
            let mut work = work();
            assert_eq!(jobsem_cluster_poll_work(cluster, &mut work, none), JOBSEM_OK);
            if work.kind == JOBSEM_WORK_START {
                assert_eq!(CStr::from_ptr(work.pod_namespace), c"default");
                assert_eq!(work.completion_index, -1);
                let name = std::slice::from_raw_parts(work.name.cast::<u8>(), work.name_len);
                let name = std::str::from_utf8(name).unwrap().to_owned();
                let running = report(JOBSEM_REPORT_RUNNING, 0, &name);
                assert_eq!(jobsem_cluster_report(cluster, now, &running, none), JOBSEM_OK);
                let exited = report(JOBSEM_REPORT_EXITED, codes.next().unwrap(), &name);
                assert_eq!(jobsem_cluster_report(cluster, now, &exited, none), JOBSEM_OK);
                continue;
            }
            assert_eq!(work.kind, JOBSEM_WORK_NONE);
            let mut wake = wakeup();
            assert_eq!(jobsem_cluster_poll_timeout(cluster, &mut wake, none), JOBSEM_OK);
            if wake.reason == JOBSEM_WAKE_NONE {
                break;
            }
            now = wake.at_ns;
            assert_eq!(jobsem_cluster_handle_timeout(cluster, now, none), JOBSEM_OK);
        }
        let (mut state, mut out) = (state(), ptr::null_mut());
        let null = ptr::null();
        let status = jobsem_cluster_job_state(cluster, null, 0, p("pi"), 2, &mut state, none);
        assert_eq!((status, state.verdict), (JOBSEM_OK, JOBSEM_VERDICT_SUCCEEDED));
        assert_eq!((state.succeeded, state.failed, state.active), (1, 1, 0));
        let kind = JOBSEM_KIND_JOB;
        jobsem_cluster_get_status(cluster, kind, null, 0, p("pi"), 2, &mut out, none);
        let status = parsed(out);
        assert_eq!((&status["succeeded"], &status["failed"]), (&json!(1), &json!(1)));
        jobsem_cluster_get(cluster, kind, null, 0, p("pi"), 2, &mut out, none);
        let job = parsed(out);
        assert_eq!((&job["kind"], &job["status"]), (&json!("Job"), &status));
        let mut verdict = 0;
        let text = job.to_string();
        jobsem_outcome(p(&text), text.len(), &mut verdict, &mut out, none);
        assert_eq!(verdict, JOBSEM_VERDICT_SUCCEEDED);
        assert_eq!(parsed(out)["verdict"], "succeeded");
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
    }
}

#[test]
fn a_host_starts_stops_and_kills_containers_until_all_is_over() {
    let job = JOB.replace("\"backoffLimit\": 1", "\"backoffLimit\": 0").replace(
        "\"restartPolicy\"",
        "\"activeDeadlineSeconds\": 60, \"terminationGracePeriodSeconds\": 5, \"restartPolicy\"",
    );
    let (mut cluster, none) = (ptr::null_mut(), ptr::null_mut());
    let (mut now, mut log, mut ticket) = (NOW, Vec::new(), 0);
    // SAFETY: every pointer is there.
    unsafe {
        assert_eq!(jobsem_cluster_new(&options(), &mut cluster, none), JOBSEM_OK);
        create(cluster, &job);
        loop {
            let (mut over, mut wake) = (0, wakeup());
            assert_eq!(jobsem_host_turn(cluster, now, &mut over, &mut wake, none), JOBSEM_OK);
            let mut reported = false;
            loop {
                let mut task = task();
                assert_eq!(jobsem_host_poll_task(cluster, &mut task, none), JOBSEM_OK);
                let t = (now - NOW) / 1_000_000_000;
                match task.kind {
                    JOBSEM_TASK_START => {
                        assert_eq!(CStr::from_ptr(task.container), c"main");
                        assert_eq!((task.restart_count, task.completion_index), (0, -1));
                        ticket = task.ticket;
                        log.push(format!("{t} start"));
                        reported = true;
                        assert_eq!(jobsem_host_started(cluster, now, ticket, none), JOBSEM_OK);
                    }
                    JOBSEM_TASK_STOP => log.push(format!("{t} stop {}s", task.grace_seconds)),
                    JOBSEM_TASK_KILL => {
                        assert_eq!(task.ticket, ticket);
                        log.push(format!("{t} kill"));
                        reported = true;
                        let null = ptr::null();
                        let status =
                            jobsem_host_exited(cluster, now, ticket, 137, null, 0, null, 0, none);
                        assert_eq!(status, JOBSEM_OK);
                    }
                    _ => break,
                }
            }
            if over == 1 {
                break;
            }
            if !reported {
                assert!(
                    [JOBSEM_WAKE_BATCH, JOBSEM_WAKE_POD_DEADLINE, JOBSEM_WAKE_KILL]
                        .contains(&wake.reason)
                );
                now = wake.at_ns;
            }
        }
        let mut state = state();
        let null = ptr::null();
        let status = jobsem_cluster_job_state(cluster, null, 0, p("pi"), 2, &mut state, none);
        assert_eq!((status, state.verdict, state.failed), (JOBSEM_OK, JOBSEM_VERDICT_FAILED, 1));
        let mut error = ptr::null_mut();
        let status = jobsem_host_started(cluster, now, ticket + 1, &mut error);
        assert_eq!(status, JOBSEM_E_STATE);
        assert_eq!(told(error).1, "no container runs under ticket 1");
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
    }
    assert_eq!(log, ["0 start", "60 stop 5s", "65 kill"]);
}

#[test]
fn a_refusal_carries_the_status_of_the_api_server() {
    let (bad, mut error, mut out) = (
        JOB.replace("\"backoffLimit\": 1", "\"backoffLimit\": -1"),
        ptr::null_mut(),
        ptr::null_mut(),
    );
    // SAFETY: every pointer is there.
    unsafe {
        let status =
            jobsem_validate_create(&options(), p(&bad), bad.len(), NOW, &mut out, &mut error);
        assert_eq!(status, JOBSEM_E_INVALID);
        let refusal = CStr::from_ptr(jobsem_error_refusal(error)).to_str().unwrap();
        let refusal: Value = serde_json::from_str(refusal).unwrap();
        assert_eq!((&refusal["reason"], &refusal["code"]), (&json!("Invalid"), &json!(422)));
        assert_eq!(refusal["details"]["causes"][0]["field"], "spec.backoffLimit");
        assert_eq!(CStr::from_ptr(jobsem_error_path(error)), c"spec.backoffLimit");
        jobsem_error_json(error, &mut out);
        let all = parsed(out);
        assert_eq!((&all["kind"], &all["refusal"]), (&json!("invalid"), &refusal));
        assert_eq!(jobsem_error_free(error), JOBSEM_OK);
        let status =
            jobsem_validate_create(&options(), p(JOB), JOB.len(), NOW, &mut out, &mut error);
        assert_eq!((status, error), (JOBSEM_OK, ptr::null_mut()));
        let admitted = parsed(out);
        assert_eq!(admitted["object"]["spec"]["completions"], 1, "it is defaulted");
        assert_eq!(admitted["object"]["metadata"]["uid"], "uid-pi");
    }
}

#[test]
fn a_mistake_in_a_document_has_its_line() {
    let text = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: {paralelism: 2}\n";
    let (mut error, mut out, mut line) = (ptr::null_mut(), ptr::null_mut(), 0);
    // SAFETY: every pointer is there.
    unsafe {
        let status =
            jobsem_validate_create(&options(), p(text), text.len(), NOW, &mut out, &mut error);
        assert_eq!(status, JOBSEM_E_DECODE);
        assert_eq!(jobsem_error_place(error, &mut line, ptr::null_mut()), JOBSEM_OK);
        assert_eq!(line, 4);
        assert_eq!(jobsem_error_free(error), JOBSEM_OK);
        let (none, null) = (ptr::null_mut(), ptr::null());
        jobsem_check(&options(), p(text), text.len(), null, 0, &mut out, none);
        let reports = parsed(out);
        assert_eq!(reports[0]["result"], "invalid");
        assert_eq!(reports[0]["findings"][0]["hint"], "did you mean `parallelism`?");
        let mut lenient = options();
        lenient.field_validation = JOBSEM_FIELDS_WARN;
        let whole = JOB.replace("\"backoffLimit\"", "\"paralelism\": 2, \"backoffLimit\"");
        jobsem_validate_create(&lenient, p(&whole), whole.len(), NOW, &mut out, none);
        assert_eq!(parsed(out)["warnings"][0], "unknown field \"spec.paralelism\"");
    }
}

#[test]
fn a_controller_asks_for_what_reconcile_plans() {
    let stored = {
        let mut out = ptr::null_mut();
        // SAFETY: every pointer is there.
        unsafe {
            jobsem_validate_create(&options(), p(JOB), JOB.len(), NOW, &mut out, ptr::null_mut());
        }
        let mut job = parsed(out)["object"].clone();
        job["metadata"]["resourceVersion"] = "1".into();
        job
    };
    let (job, none) = (stored.to_string(), ptr::null_mut());
    let event = json!({"type": "ADDED", "object": stored}).to_string();
    // SAFETY: every pointer is there.
    unsafe {
        let (mut out, mut id, null) = (ptr::null_mut(), 0, ptr::null());
        let memory = ptr::null_mut();
        jobsem_reconcile(&options(), memory, p(&job), job.len(), null, 0, NOW, &mut out, none);
        let plan = parsed(out);
        assert_eq!(plan["requests"][0]["verb"], "create");

        let mut controller = ptr::null_mut();
        jobsem_controller_new(&options(), JOBSEM_CONTROLLER_JOB, &mut controller, none);
        let status = jobsem_controller_handle_watch(controller, NOW, p(&event), event.len(), none);
        assert_eq!(status, JOBSEM_OK);
        jobsem_controller_poll_request(controller, &mut id, &mut out, none);
        let mut request = parsed(out);
        assert_eq!(request.as_object_mut().unwrap().remove("id"), Some(json!(id)));
        assert_eq!(request, plan["requests"][0]);
        jobsem_controller_poll_request(controller, &mut id, &mut out, none);
        assert!(out.is_null(), "the next one waits for the answer");

        let mut pod = request["object"].clone();
        pod["metadata"]["name"] = "pi-x".into();
        pod["metadata"]["uid"] = "u".into();
        let pod = pod.to_string();
        let status = jobsem_controller_handle_result(controller, NOW, id, p(&pod), pod.len(), none);
        assert_eq!(status, JOBSEM_OK);
        let status = jobsem_controller_handle_result(controller, NOW, id, p(&pod), pod.len(), none);
        assert_eq!(status, JOBSEM_E_STATE, "it is answered already");
        jobsem_controller_poll_event(controller, &mut out, none);
        assert_eq!(parsed(out)["reason"], "SuccessfulCreate");
        jobsem_controller_poll_request(controller, &mut id, &mut out, none);
        assert_eq!(parsed(out)["subresource"], "status");
        assert_eq!(jobsem_controller_free(controller), JOBSEM_OK);
    }
}

#[test]
fn what_is_explained_is_what_the_command_prints() {
    let list = format!(r#"{{"kind": "List", "items": [{JOB}]}}"#);
    let mut out = ptr::null_mut();
    // SAFETY: every pointer is there.
    unsafe {
        jobsem_explain(&options(), p(&list), list.len(), NOW, &mut out, ptr::null_mut());
    }
    let all = parsed(out);
    assert_eq!((&all[0]["job"], &all[0]["kube"]), (&json!("default/pi"), &json!("1.37")));
    assert_eq!(all[0]["requests"][0]["verb"], "create");
}

#[test]
fn cleanup_and_cron_say_when() {
    let (mut cleanup, mut set, mut key, mut at, none) = (ptr::null_mut(), 0, 0, 0, ptr::null_mut());
    // SAFETY: every pointer is there.
    unsafe {
        jobsem_cleanup_new(&mut cleanup, none);
        jobsem_cleanup_add(cleanup, 7, NOW, 30, none);
        let mut wake = wakeup();
        jobsem_cleanup_poll_timeout(cleanup, &mut wake, none);
        assert_eq!((wake.reason, wake.at_ns), (JOBSEM_WAKE_TTL, NOW + 30_000_000_000));
        jobsem_cleanup_poll_due(cleanup, wake.at_ns - 1, &mut set, &mut key, none);
        assert_eq!(set, 0);
        jobsem_cleanup_poll_due(cleanup, wake.at_ns, &mut set, &mut key, none);
        assert_eq!((set, key), (1, 7));
        assert_eq!(jobsem_cleanup_free(cleanup), JOBSEM_OK);

        let (mut cron, text, zone) = (ptr::null_mut(), "30 2 * * *", "Europe/Berlin");
        jobsem_cron_new(p(text), text.len(), p(zone), zone.len(), &mut cron, none);
        jobsem_cron_next(cron, NOW, &mut set, &mut at, none);
        assert_eq!((set, at - NOW), (1, 5_399_000_000_000));
        assert_eq!(jobsem_cron_free(cron), JOBSEM_OK);
    }
}
