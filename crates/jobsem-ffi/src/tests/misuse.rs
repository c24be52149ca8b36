//! Bad arguments: a status each, and outputs that say nothing.

use super::*;

const NONE: *mut *mut jobsem_error = ptr::null_mut();

#[test]
fn null_is_told_by_its_name() {
    let mut error = ptr::null_mut();
    // SAFETY: NULL where it must not be.
    unsafe {
        let mut out = ptr::null_mut();
        assert_eq!(jobsem_cluster_new(ptr::null(), &mut out, &mut error), JOBSEM_E_NULL);
        assert_eq!(told(error).1, "`jobsem_options` is NULL");
        assert!(out.is_null());
        assert_eq!(jobsem_cluster_new(&options(), ptr::null_mut(), &mut error), JOBSEM_E_NULL);
        assert_eq!(told(error).1, "`out` is NULL");
        let status = jobsem_outcome(ptr::null(), 7, ptr::null_mut(), ptr::null_mut(), &mut error);
        assert_eq!(status, JOBSEM_E_NULL);
        assert_eq!(told(error).1, "`job` is NULL");
        assert_eq!(jobsem_cluster_handle_timeout(ptr::null_mut(), NOW, &mut error), JOBSEM_E_NULL);
        assert_eq!(told(error).1, "`jobsem_cluster` is NULL");
        // NULL with length 0 is an empty text, which is no Job.
        let status = jobsem_outcome(ptr::null(), 0, ptr::null_mut(), ptr::null_mut(), &mut error);
        assert_eq!((status, told(error).0), (JOBSEM_E_DECODE, JOBSEM_E_DECODE));
        assert_eq!(jobsem_error_status(ptr::null()), JOBSEM_E_NULL);
        assert!(jobsem_error_message(ptr::null()).is_null());
    }
}

#[test]
fn outputs_are_null_after_a_failure_in_any_argument() {
    let (mut out, mut error) = (ptr::dangling_mut(), ptr::dangling_mut());
    // SAFETY: every pointer is there, or NULL where it must not be.
    unsafe {
        let status = jobsem_validate_create(ptr::null(), p(JOB), 1, NOW, &mut out, &mut error);
        assert_eq!(status, JOBSEM_E_NULL);
        assert!(out.is_null(), "options are read before `out`, and are NULL");
        assert_eq!(told(error).0, JOBSEM_E_NULL);
        out = ptr::dangling_mut();
        let cluster: *mut jobsem_cluster = ptr::null_mut();
        assert_eq!(jobsem_cluster_create(cluster, NOW, p(JOB), 1, &mut out, NONE), JOBSEM_E_NULL);
        assert!(out.is_null(), "also where `out` may be NULL");
    }
}

#[test]
fn text_that_is_not_utf8_is_told_with_its_place() {
    let mut error = ptr::null_mut();
    let bad = b"{\"kind\": \"\xff\"}";
    // SAFETY: every pointer is there.
    let status = unsafe {
        let none = ptr::null_mut();
        jobsem_outcome(bad.as_ptr().cast(), bad.len(), none, ptr::null_mut(), &mut error)
    };
    assert_eq!(status, JOBSEM_E_UTF8);
    assert_eq!(told(error).1, "`job` is not UTF-8 from byte 10 on");
}

#[test]
fn a_length_beyond_memory_is_told() {
    // SAFETY: the length is refused before the text is looked at.
    let status = unsafe {
        jobsem_outcome(p("{}"), usize::MAX, ptr::null_mut(), ptr::null_mut(), ptr::null_mut())
    };
    assert_eq!(status, JOBSEM_E_OUT_OF_RANGE);
}

#[test]
fn options_are_checked_member_by_member() {
    let mut cases = Vec::new();
    let mut case = |status, change: fn(&mut jobsem_options)| {
        let mut options = options();
        change(&mut options);
        cases.push((status, options));
    };
    case(JOBSEM_E_STRUCT_SIZE, |o| o.struct_size = 0);
    case(JOBSEM_E_STRUCT_SIZE, |o| o.struct_size -= 1);
    case(JOBSEM_E_STRUCT_SIZE, |o| o.struct_size = 1 << 20);
    case(JOBSEM_E_UNKNOWN_FLAG, |o| o.flags = 2);
    case(JOBSEM_E_UNSUPPORTED, |o| o.kube_minor = 0);
    case(JOBSEM_E_UNSUPPORTED, |o| o.kube_minor = 28);
    case(JOBSEM_E_OUT_OF_RANGE, |o| o.field_validation = 3);
    case(JOBSEM_E_OUT_OF_RANGE, |o| o.reserved = 1);
    case(JOBSEM_E_NULL, |o| o.gates_len = 1);
    case(JOBSEM_E_OUT_OF_RANGE, |o| (o.gates, o.gates_len) = (p("JobManagedBy"), 12));
    case(JOBSEM_E_UNSUPPORTED, |o| (o.gates, o.gates_len) = (p("NoSuchGate=true"), 15));
    case(JOBSEM_E_UNSUPPORTED, |o| (o.time_zone, o.time_zone_len) = (p("Mars/Olympus"), 12));
    for (expected, options) in cases {
        let mut out = ptr::null_mut();
        // SAFETY: every pointer is there.
        let status = unsafe { jobsem_cluster_new(&options, &mut out, ptr::null_mut()) };
        assert_eq!(status, expected, "{options:?}");
        assert!(out.is_null());
    }
}

#[test]
fn numbers_that_are_no_constants_are_told() {
    let (cluster, none) = (cluster(), ptr::null_mut());
    let (null, mut out) = (ptr::null(), ptr::null_mut());
    // SAFETY: every pointer is there.
    unsafe {
        let range = JOBSEM_E_OUT_OF_RANGE;
        assert_eq!(jobsem_cluster_list(cluster, 9, &mut out, none), range);
        let status = jobsem_cluster_delete(
            cluster,
            NOW,
            JOBSEM_KIND_POD,
            null,
            0,
            p("pi"),
            2,
            JOBSEM_DELETE_ORPHAN,
            none,
        );
        assert_eq!(status, range);
        let status =
            jobsem_cluster_delete(cluster, NOW, JOBSEM_KIND_JOB, null, 0, p("pi"), 2, 3, none);
        assert_eq!(status, range);
        assert_eq!(jobsem_cluster_report(cluster, NOW, &report(0, 0, "pi-00000"), none), range);
        let status = jobsem_cluster_delete_pod(cluster, NOW, null, 0, p("pi-00000"), 8, -2, none);
        assert_eq!(status, range);
        let mut controller = ptr::null_mut();
        assert_eq!(jobsem_controller_new(&options(), 0, &mut controller, none), range);
        let mut of_no_container = report(JOBSEM_REPORT_EXITED, 1, "pi-00000");
        (of_no_container.container, of_no_container.container_len) = (p("side"), 4);
        let status = jobsem_cluster_report(cluster, NOW, &of_no_container, none);
        assert_eq!(status, JOBSEM_E_NOT_FOUND, "its exit code would be heard by nobody");
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
    }
}

#[test]
fn time_that_goes_back_is_told() {
    let cluster = cluster();
    // SAFETY: every pointer is there.
    unsafe {
        let status = jobsem_cluster_handle_timeout(cluster, NOW - 1, ptr::null_mut());
        assert_eq!(status, JOBSEM_E_TIME_WENT_BACK);
        for at in [i64::MIN, i64::MAX] {
            let status = jobsem_cluster_handle_timeout(cluster, at, ptr::null_mut());
            assert!([JOBSEM_OK, JOBSEM_E_TIME_WENT_BACK].contains(&status), "{status}");
        }
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
    }
}

#[test]
fn a_struct_of_a_newer_header_is_read_if_what_is_new_is_zero() {
    #[repr(C)]
    struct Newer {
        options: jobsem_options,
        more: u64,
    }
    let mut newer = Newer { options: options(), more: 0 };
    newer.options.struct_size = size_of::<Newer>() as u32;
    let mut out = ptr::null_mut();
    // SAFETY: there is as much as the struct says.
    unsafe {
        let place = (&raw const newer).cast();
        assert_eq!(jobsem_cluster_new(place, &mut out, ptr::null_mut()), JOBSEM_OK);
        assert_eq!(jobsem_cluster_free(out), JOBSEM_OK);
    }
    newer.more = 1;
    // SAFETY: as above.
    let status =
        unsafe { jobsem_cluster_new((&raw const newer).cast(), &mut out, ptr::null_mut()) };
    assert_eq!(status, JOBSEM_E_UNKNOWN_FIELD);
}

#[test]
fn a_struct_of_a_newer_header_is_filled_in_as_far_as_it_is_known() {
    #[repr(C)]
    struct Newer {
        wakeup: jobsem_wakeup,
        more: u64,
    }
    let mut newer = Newer { wakeup: wakeup(), more: 7 };
    newer.wakeup.struct_size = size_of::<Newer>() as u32;
    let cluster = cluster();
    // SAFETY: as above.
    unsafe {
        let out = (&raw mut newer).cast();
        assert_eq!(jobsem_cluster_poll_timeout(cluster, out, ptr::null_mut()), JOBSEM_OK);
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
    }
    assert_eq!(newer.more, 0);
    assert_eq!(newer.wakeup.struct_size as usize, size_of::<Newer>(), "the size stays");
}

#[test]
fn sizes_of_the_first_release_never_change() {
    if cfg!(target_pointer_width = "64") {
        let sizes = [
            size_of::<jobsem_options>(),
            size_of::<jobsem_work>(),
            size_of::<jobsem_pod_report>(),
            size_of::<jobsem_wakeup>(),
            size_of::<jobsem_job_state>(),
        ];
        assert_eq!(sizes, [80, 56, 64, 16, 32], "today's are those of the first release");
    }
}
