//! Handles: after their free, of the wrong kind, in two threads.

use super::*;
use crate::boundary::handle::{Kind, exclusive, shared};

#[test]
fn the_marks_of_kinds_differ() {
    let marks = [
        jobsem_buf::MAGIC,
        jobsem_error::MAGIC,
        jobsem_cluster::MAGIC,
        jobsem_controller::MAGIC,
        jobsem_memory::MAGIC,
        jobsem_cleanup::MAGIC,
        jobsem_cron::MAGIC,
        jobsem_invocation::MAGIC,
    ];
    let unique: std::collections::BTreeSet<u64> = marks.into_iter().collect();
    assert_eq!(unique.len(), marks.len());
}

#[test]
fn null_is_freed_and_a_second_free_is_told() {
    // SAFETY: NULL, and a cluster of ours whose shell is in quarantine.
    unsafe {
        assert_eq!(jobsem_cluster_free(ptr::null_mut()), JOBSEM_OK);
        assert_eq!(jobsem_buf_free(ptr::null_mut()), JOBSEM_OK);
        let cluster = cluster();
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_E_HANDLE);
        let mut error = ptr::null_mut();
        let status = jobsem_cluster_handle_timeout(cluster, NOW, &mut error);
        assert_eq!(status, JOBSEM_E_HANDLE);
        assert_eq!(told(error).1, "not a jobsem_cluster, or one that was freed");
    }
}

#[test]
fn a_use_after_the_free_is_told_for_255_more_frees() {
    // SAFETY: as above.
    unsafe {
        let first = cluster();
        assert_eq!(jobsem_cluster_free(first), JOBSEM_OK);
        // Other tests free handles meanwhile, so not all of them are left to this one.
        for _ in 0..10 {
            assert_eq!(jobsem_cluster_free(cluster()), JOBSEM_OK);
        }
        assert_eq!(jobsem_cluster_free(first), JOBSEM_E_HANDLE);
    }
}

#[test]
fn a_handle_of_another_kind_is_told() {
    // SAFETY: a cluster of ours, under a wrong name.
    unsafe {
        let cluster = cluster();
        let wrong: *mut jobsem_controller = cluster.cast();
        let status = jobsem_controller_handle_timeout(wrong, NOW, ptr::null_mut());
        assert_eq!(status, JOBSEM_E_HANDLE);
        assert_eq!(jobsem_controller_free(wrong), JOBSEM_E_HANDLE);
        assert!(jobsem_buf_data(cluster.cast()).is_null());
        let odd = cluster.cast::<u8>().add(1).cast::<jobsem_cluster>();
        assert_eq!(jobsem_cluster_handle_timeout(odd, NOW, ptr::null_mut()), JOBSEM_E_HANDLE);
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
    }
}

#[test]
fn who_comes_while_another_call_is_under_way_is_told() {
    // SAFETY: a cluster of ours.
    unsafe {
        let cluster = cluster();
        let none = ptr::null_mut();
        let writing = exclusive(cluster).map_err(|f| f.message).unwrap();
        assert_eq!(jobsem_cluster_handle_timeout(cluster, NOW, none), JOBSEM_E_BUSY);
        assert_eq!(jobsem_cluster_poll_timeout(cluster, &mut wakeup(), none), JOBSEM_E_BUSY);
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_E_BUSY);
        drop(writing);
        let reading = shared(cluster).map_err(|f| f.message).unwrap();
        assert_eq!(jobsem_cluster_poll_timeout(cluster, &mut wakeup(), none), JOBSEM_OK);
        assert_eq!(jobsem_cluster_handle_timeout(cluster, NOW, none), JOBSEM_E_BUSY);
        drop(reading);
        assert_eq!(jobsem_cluster_handle_timeout(cluster, NOW, none), JOBSEM_OK);
        assert_eq!(jobsem_cluster_free(cluster), JOBSEM_OK);
    }
}

#[test]
fn threads_read_one_cluster_at_the_same_time() {
    struct Sent(*mut jobsem_cluster);
    // SAFETY: docs/ABI.md lets handles move between threads.
    unsafe impl Sync for Sent {}
    let sent = &Sent(cluster());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..25 {
                    let (mut state, none) = (state(), ptr::null_mut());
                    // SAFETY: the cluster outlives the scope.
                    let status = unsafe {
                        jobsem_cluster_job_state(
                            sent.0,
                            ptr::null(),
                            0,
                            p("pi"),
                            2,
                            &mut state,
                            none,
                        )
                    };
                    assert_eq!((status, state.active), (JOBSEM_OK, 1));
                }
            });
        }
    });
    // SAFETY: this thread is the only one that has it.
    assert_eq!(unsafe { jobsem_cluster_free(sent.0) }, JOBSEM_OK);
}
