//! The worker's state of one container.
//!
//! Rules: PODPHASE-42, -44, -64, -70, -72, -82 (`docs/semantics`).

use super::exit::ContainerExit;
use super::restart::{BackOff, ContainerRole};
use super::status;
use crate::Time;
use crate::api::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, Extra, PodSpec, Text,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// No record: never created, or removed.
    Absent,
    /// The host is asked to start it and has not reported yet.
    Starting,
    Running(Time),
    Exited,
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub role: ContainerRole,
    /// Its place in `initContainers` or `containers`.
    pub index: usize,
    pub life: Life,
    pub waiting: Option<ContainerStateWaiting>,
    pub last: Option<ContainerStateTerminated>,
    pub before_last: Option<ContainerStateTerminated>,
    /// The exact time of the latest end; statuses have whole seconds.
    pub finished_at: Option<Time>,
    pub restart_count: i32,
    /// The restart count of the next instance.
    pub next_count: i32,
    pub back_off: BackOff,
    /// The earliest next attempt, and the back-off in seconds (0 after a failed start).
    pub retry: Option<(Time, i64)>,
    /// When it is killed, once it is asked to stop.
    pub kill_at: Option<Time>,
}

impl Slot {
    pub fn new(role: ContainerRole, index: usize) -> Slot {
        Slot {
            role,
            index,
            life: Life::Absent,
            waiting: None,
            last: None,
            before_last: None,
            finished_at: None,
            restart_count: 0,
            next_count: 0,
            back_off: BackOff::default(),
            retry: None,
            kill_at: None,
        }
    }

    pub fn container<'a>(&self, spec: &'a PodSpec) -> &'a Container {
        match self.role {
            ContainerRole::Regular => &spec.containers[self.index],
            _ => &spec.init_containers[self.index],
        }
    }

    pub fn is_running(&self) -> bool {
        matches!(self.life, Life::Starting | Life::Running(_))
    }

    pub fn has_record(&self) -> bool {
        match self.life {
            Life::Running(_) | Life::Exited => true,
            Life::Starting => self.finished_at.is_some(),
            Life::Absent => false,
        }
    }

    pub fn has_record_or_starts(&self) -> bool {
        self.life != Life::Absent
    }

    pub fn begin_instance(&mut self) {
        self.restart_count = self.next_count;
        self.waiting = None;
        self.kill_at = None;
    }

    pub fn end_instance(&mut self, exit: ContainerExit, started: Option<Time>, now: Time) {
        let reason = match (exit.reason.as_str(), exit.code) {
            ("", 0) => Text::of("Completed"),
            ("", _) => Text::of("Error"),
            _ => exit.reason.into(),
        };
        let ended = ContainerStateTerminated {
            exit_code: exit.code,
            reason,
            message: exit.message.into(),
            started_at: started,
            finished_at: Some(now.truncated()),
            extra: Extra::new(),
        };
        self.before_last = self.last.replace(ended);
        self.finished_at = Some(now);
        self.life = Life::Exited;
        self.waiting = None;
        self.retry = None;
        // Saturates, because a status holds an int32.
        self.next_count = self.restart_count.saturating_add(1);
    }

    /// Removes the container for a restart of all (PODPHASE-44).
    pub fn remove(&mut self) {
        if self.life == Life::Absent {
            return;
        }
        self.waiting = Some(ContainerStateWaiting {
            reason: Text::of(status::RESTARTING_ALL),
            message: Text::of(status::RESTARTING_ALL_MESSAGE),
        });
        self.last = Some(ContainerStateTerminated {
            exit_code: 137,
            reason: Text::of(status::RESTARTING_ALL),
            message: Text::of(status::RESTARTING_ALL_MESSAGE),
            ..ContainerStateTerminated::default()
        });
        self.before_last = None;
        self.finished_at = None;
        self.life = Life::Absent;
        self.retry = None;
        self.kill_at = None;
        self.restart_count = self.restart_count.saturating_add(1);
        self.next_count = self.restart_count;
    }

    pub fn recover(&mut self, status: &ContainerStatus, deleted: bool) {
        self.restart_count = status.restart_count;
        self.next_count = status.restart_count;
        self.before_last.clone_from(&status.last_state.terminated);
        if let Some(ended) = &status.state.terminated {
            self.last = Some(ended.clone());
            self.finished_at = ended.finished_at;
            self.life = Life::Exited;
            self.next_count = status.restart_count.saturating_add(1);
        } else if status.state.running.is_some() {
            self.last = Some(ContainerStateTerminated {
                exit_code: 137,
                reason: Text::of(status::STATUS_UNKNOWN),
                message: Text::of(status::NOT_LOCATED_RUNNING),
                ..ContainerStateTerminated::default()
            });
            self.waiting = Some(ContainerStateWaiting::default());
            if !deleted {
                self.restart_count = status.restart_count.saturating_add(1);
                self.next_count = self.restart_count;
            }
        } else if let Some(ended) = &status.last_state.terminated {
            self.last = Some(ended.clone());
            self.before_last = None;
            self.finished_at = ended.finished_at;
            self.life = Life::Exited;
            self.waiting.clone_from(&status.state.waiting);
            self.next_count = status.restart_count.saturating_add(1);
        }
    }

    pub fn status(&self, spec: &PodSpec, has_init: bool, deleted: bool) -> ContainerStatus {
        let container = self.container(spec);
        let (mut state, mut last_state) = (ContainerState::default(), ContainerState::default());
        let removed = self.life == Life::Absent && self.last.is_some();
        match (&self.life, &self.last) {
            (Life::Running(since), last) => {
                state.running = Some(ContainerStateRunning { started_at: Some(since.truncated()) });
                last_state.terminated.clone_from(last);
            }
            // A deleted pod restarts no container, so its containers have ended (PODPHASE-11).
            (_, Some(last)) if self.waiting.is_none() || deleted && !removed => {
                state.terminated = Some(last.clone());
                last_state.terminated.clone_from(&self.before_last);
            }
            (_, last) => {
                let reason = if has_init { "PodInitializing" } else { "ContainerCreating" };
                state.waiting = Some(self.waiting.clone().unwrap_or(ContainerStateWaiting {
                    reason: Text::of(reason),
                    message: Text::EMPTY,
                }));
                last_state.terminated.clone_from(last);
            }
        }
        let running = state.running.is_some();
        let well = state.terminated.as_ref().is_some_and(|end| end.exit_code == 0);
        ContainerStatus {
            name: container.name.clone(),
            state,
            last_state,
            ready: if self.role == ContainerRole::Init { well } else { running },
            restart_count: self.restart_count,
            started: Some(running),
            image: Some(container.image.clone()),
            image_id: Some(Text::EMPTY),
            extra: Extra::new(),
        }
    }
}
